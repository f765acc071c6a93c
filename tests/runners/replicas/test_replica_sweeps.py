"""Which cells of a sweep are trained side by side, and how they end."""

from __future__ import annotations

import itertools
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hydra.errors import HydraException
from omegaconf import OmegaConf

from estimators import Estimate, Estimator
from runners.cells.cell import Cell
from runners.cells.execution import run_cell
from runners.replicas.replicas import Replicas
from runners.steps.training import Training
from runners.sweeps.groups import grouped, job_of
from tasks.batches import Batch
from tasks.vae import VAE
from tests.conftest import Compose
from tests.runners.launched import SMALL, metas, run
from tests.runners.tiny import FEW_CLASSES, TINY, replicas_of, side_by_side


def test_a_replica_can_resume_alone_and_the_others_without_it(compose_cell: Compose, monkeypatch: pytest.MonkeyPatch):
    configs = [compose_cell(*TINY, "estimator=nvil", f"seed={seed}") for seed in (0, 1, 2)]

    def interrupt(self: Replicas) -> None:
        advance(self)
        if self.step == 13:
            signal.raise_signal(signal.SIGTERM)

    advance = Replicas.advance
    with monkeypatch.context() as patch:
        patch.setattr(Replicas, "advance", interrupt)
        with pytest.raises(SystemExit):
            side_by_side(*configs)
    alone, _ = run_cell(configs[0], [])
    assert replicas_of(alone.meta) == [3, 1]
    cells = side_by_side(*configs)
    assert [replicas_of(cell.meta) for cell in cells] == [[3, 1], [3, 2], [3, 2]]
    assert [cell.meta["status"] for cell in cells] == ["done"] * 3


def test_replicas_at_different_steps_are_different_programs(compose_cell: Compose, monkeypatch: pytest.MonkeyPatch):
    configs = [compose_cell(*TINY, f"seed={seed}") for seed in (0, 1, 2)]
    with monkeypatch.context() as patch:
        patch.setattr(Training, "evaluate", lambda self, steps: signal.raise_signal(signal.SIGTERM))
        with pytest.raises(SystemExit):
            run_cell(configs[2], [])
    cells = side_by_side(*configs)
    assert [replicas_of(cell.meta) for cell in cells] == [[2], [2], [1]]
    assert [cell.meta["status"] for cell in cells] == ["done"] * 3


def test_cells_that_are_finished_or_locked_or_mistaken_are_left_out(compose_cell: Compose):
    finished, locked, mistaken, *others = [compose_cell(*TINY, f"seed={seed}") for seed in range(5)]
    before, _ = run_cell(finished, [])
    record = before.meta
    mistaken.optimizer.lr = "much"
    with Cell(locked).lock():
        cells = side_by_side(finished, locked, mistaken, *others)
    assert before.meta == record
    assert [replicas_of(cell.meta) for cell in cells[3:]] == [[2], [2]]
    assert [cell.meta for cell in cells[1:3]] == [{}, {}]


def test_a_time_limit_is_each_cells_share(compose_cell: Compose, monkeypatch: pytest.MonkeyPatch):
    left: list[float] = []
    advance = Replicas.advance

    def with_alarm(self: Replicas) -> None:
        advance(self)
        if self.step == 5:
            left.append(signal.getitimer(signal.ITIMER_REAL)[0])
            signal.raise_signal(signal.SIGALRM)

    monkeypatch.setattr(Replicas, "advance", with_alarm)
    cells = side_by_side(*[compose_cell(*TINY, "runner.timeout=1000", f"seed={seed}") for seed in (0, 1)])
    assert 1000 < left[0] <= 2000
    assert [cell.meta["status"] for cell in cells] == ["timeout"] * 2
    assert cells[0].meta["reason"] == "2 cells took longer than 2 x runner.timeout=1000 seconds"
    assert all((cell.folder / "checkpoint.pt").exists() for cell in cells)


class Branching(VAE):
    """Looks at the value of a tensor, which cannot be done for several models at once."""

    def expected_loss(self, batch: Batch, estimators: Sequence[Estimator]) -> Estimate:
        estimate = super().expected_loss(batch, estimators)
        return estimate if estimate.value.mean() > 0 else estimate + batch.x.mean(1)


def test_what_cannot_be_one_program_runs_one_by_one_and_says_so(compose_cell: Compose):
    branching = [*TINY, f"task._target_={__name__}.Branching"]
    cells = side_by_side(*[compose_cell(*branching, f"seed={seed}") for seed in (0, 1)])
    assert [cell.meta["status"] for cell in cells] == ["done", "done"]
    assert [replicas_of(cell.meta) for cell in cells] == [[1], [1]]
    assert "runner.vectorize=true: these cells are trained one by one" in (cells[0].folder / "cell.log").read_text()


def test_a_method_that_does_not_apply_and_a_wrong_setting_are_recorded_for_each(compose_cell: Compose):
    arm = [compose_cell(*FEW_CLASSES, "estimator=arm", f"seed={seed}") for seed in (0, 1)]
    assert [cell.meta["status"] for cell in side_by_side(*arm)] == ["skipped", "skipped"]
    none = [compose_cell(*TINY, "runner.steps=0", f"seed={seed}") for seed in (0, 1)]
    assert [cell.folder.exists() for cell in side_by_side(*none)] == [False, False], "a mistake leaves no cell"


def test_an_error_after_the_first_step_fails_the_group(compose_cell: Compose, monkeypatch: pytest.MonkeyPatch):
    def fail(*_: Any) -> None:
        raise RuntimeError("flaky")

    configs = [compose_cell(*TINY, f"seed={seed}") for seed in (0, 1)]
    with monkeypatch.context() as patch:
        patch.setattr("runners.cells.checkpoint.save", fail)
        cells = side_by_side(*configs)
    assert [cell.meta["reason"] for cell in cells] == ["RuntimeError: flaky"] * 2


def test_other_runners_run_one_by_one(compose_cell: Compose):
    toy = ["runner=toy", "task=toy", "estimator=reinforce", "runner.steps=2", "runner.variance_draws=10"]
    cells = side_by_side(*[compose_cell(*toy, f"seed={seed}") for seed in (0, 1)])
    assert [cell.meta["status"] for cell in cells] == ["done", "done"], cells[0].meta["reason"]


def test_cells_are_grouped_by_all_but_seed_and_optimizers():
    words = (("estimator=nvil", "estimator=darn"), ("seed=0", "seed=1"), ("+optimizer.weight_decay=${seed}",))
    cells = [list(cell) for cell in itertools.product(*words)]
    jobs = list(map(job_of, grouped(cells, at_most=30)))
    assert [job[:3] for job in jobs] == [cells[0], cells[2]]
    first = '["estimator=nvil","seed=0","+optimizer.weight_decay=${seed}"]'
    assert jobs[0][3] == f"+side_by_side=[{first},{first.replace('seed=0', 'seed=1')}]"


@pytest.mark.parametrize(("at_most", "sizes"), [(1, [1] * 7), (3, [2, 2, 3]), (6, [3, 4]), (7, [7])])
def test_large_groups_are_divided_evenly(at_most: int, sizes: list[int]):
    assert list(map(len, grouped([[f"seed={seed}"] for seed in range(7)], at_most))) == sizes


def test_a_size_of_groups_that_is_none_is_refused():
    with pytest.raises(HydraException, match=r"runner\.replicas=0: an integer of at least 1 is needed"):
        grouped([["seed=0"]], at_most=0)


@pytest.mark.parametrize("key", ["vectorize", "replicas"])
def test_a_wrong_value_is_named(compose_cell: Compose, key: str):
    _, ending = run_cell(compose_cell(f"runner.{key}=many"), [])
    assert f"runner.{key}=many: " in str(ending)


SWEEP = ["-m", "seed=0,1,2", "optimizer.lr=1e-3,3e-4", *SMALL, "task=vae_bernoulli", "runner.vectorize=true"]
FOLLOWED = "auxiliary_optimizer.lr=${optimizer.lr}"


def test_a_sweep_has_a_folder_for_every_cell_and_starts_no_job_when_it_comes_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    ended = run(*SWEEP, FOLLOWED, "estimator=nvil", f"output={tmp_path}")
    assert ended.returncode == 0, ended.stderr
    assert "6 cells ended, 0 of them without success" in ended.stdout
    found = metas(tmp_path)
    assert [replicas_of(meta) for meta in found.values()] == [[6]] * 6
    assert sorted(meta["seed"] for meta in found.values()) == [0, 0, 1, 1, 2, 2]
    assert all("seed=" in " ".join(meta["overrides"]) and "side_by_side" not in str(meta) for meta in found.values())
    for folder in found:
        config = OmegaConf.load(tmp_path / folder / "config.yaml")
        assert config.auxiliary_optimizer.lr == config.optimizer.lr
    monkeypatch.delattr("runners.replicas.execution.run_side_by_side")
    again = run(*SWEEP, FOLLOWED, "estimator=nvil", f"output={tmp_path}")
    assert again.returncode == 0, again.stderr
    assert again.stdout.count("(finished before)") == 6
    assert metas(tmp_path) == found


def test_how_a_cell_is_trained_is_no_part_of_its_identity(compose_cell: Compose):
    assert Cell(compose_cell("runner.vectorize=true", "runner.replicas=3")).id == Cell(compose_cell()).id


@pytest.mark.slow
def test_groups_can_be_the_jobs_of_a_launcher(tmp_path: Path):
    joblib = ["hydra/launcher=joblib", "hydra.launcher.n_jobs=2"]
    ended = run(*SWEEP, "estimator=nvil,reinforce", "runner.replicas=3", *joblib, f"output={tmp_path}")
    assert ended.returncode == 0, ended.stderr
    assert "12 cells ended, 0 of them without success" in ended.stdout
    assert [replicas_of(meta) for meta in metas(tmp_path).values()] == [[3]] * 12
