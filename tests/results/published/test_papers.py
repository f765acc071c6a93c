"""What pages say of published cells beside the numbers of papers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from results.published.papers import (
    agreement,
    beside_table_one,
    final_losses,
    leads,
    training_curves,
    with_more_steps,
    with_sgd,
)
from results.published.study import Study
from results.reading.collect import collect
from tests.results.conftest import WriteCell, cell_writer
from tests.results.published.markdown import rows

SETTINGS = {"data": "mnist-fixed", "runner.bound_samples": 1000}


def test_ours_stand_beside_table_one(write_cell: WriteCell, outputs: Path) -> None:
    write_cell("gumbel_softmax", bound=107.5, **SETTINGS)
    write_cell("nvil", bound=115.0, **SETTINGS)
    study = Study(collect(outputs))
    _, nvil, gumbel_softmax = rows(beside_table_one(study, "vae_bernoulli"))
    assert nvil[:4] == ["NVIL", "115.00", "112.2", "+2.8"]
    assert gumbel_softmax[:4] == ["Gumbel-Softmax", "107.50", "105.0", "+2.5"]
    assert agreement(study, "vae_bernoulli") == "1.00"
    assert leads(study, "gumbel_softmax") == "+7.5"
    assert leads(study, "nvil") == "-7.5"


def test_longer_runs_stand_beside_shorter_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    studies = []
    for folder, steps, bound in ((tmp_path / "short", 20, 109.1), (tmp_path / "long", 40, 105.4)):
        record = cell_writer(folder, monkeypatch)("gumbel_softmax", bound=bound, **SETTINGS) / "meta.json"
        record.write_text(json.dumps(json.loads(record.read_text()) | {"step": steps}))
        studies.append(Study(collect(folder)))
    cell_writer(tmp_path / "short", monkeypatch)("nvil", bound=119.0, **SETTINGS)
    assert rows(with_more_steps(*studies)) == [
        ["task", "estimator", "20 steps", "40 steps", "published", "difference", "validation lowest after"],
        [r"vae\_bernoulli", "Gumbel-Softmax", "109.10", "105.40", "105.0", "+0.4", "20"],
    ]


def test_cells_of_sgd_stand_beside_those_of_adam(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    adam, sgd = tmp_path / "adam", tmp_path / "sgd"
    cell_writer(adam, monkeypatch)("gumbel_softmax", bound=109.1, **SETTINGS)
    cell_writer(adam, monkeypatch)("rloo", bound=118.0, **SETTINGS)
    for rate, bound, valid in ((1e-3, 125.0, 125.5), (3e-3, 116.0, 116.5)):
        cell_writer(sgd, monkeypatch)("gumbel_softmax", bound=bound, valid=valid, **SETTINGS, **{"optimizer.lr": rate})
    assert rows(with_sgd(Study(collect(adam)), Study(collect(sgd)))) == [
        ["task", "estimator", "Adam", "SGD", "SGD's setting", "SGD - Adam", "published"],
        [r"vae\_bernoulli", "Gumbel-Softmax", "109.10", "116.00", "lr=0.003", "+6.9", "105.0"],
    ]


def test_training_curves_stand_beside_the_published_ones(write_cell: WriteCell, outputs: Path) -> None:
    shape = {"task.latent.n": 32, "task.latent.k": 16, "runner.batch_size": 200, "runner.evaluate_every": 300}
    folder = write_cell("straight_through", "vae_16x32", data="mnist_60k-none", **shape)
    (folder / "metrics.jsonl").write_text(json.dumps({"step": 3000, "train_loss": 141.6}))
    head, ours, published, _ = rows(training_curves(Study(collect(outputs))))
    assert (head[-1], ours[-1], published[-1]) == ("10", "141.60", "141.59")


def test_the_last_training_losses_stand_beside_the_published_ones(write_cell: WriteCell, outputs: Path) -> None:
    for seed, last in enumerate((124.0, 125.0)):
        lines = [{"step": step, "train_loss": loss} for step, loss in ((600, 190.0), (1200, last))]
        journal = write_cell("reinmax", "vae_8x4", seed=seed) / "metrics.jsonl"
        journal.write_text("".join(json.dumps(line) + "\n" for line in lines))
    write_cell("rloo", "vae_8x4")
    assert rows(final_losses(Study(collect(outputs)))) == [
        ["estimator", "ours", "published", "difference", "seeds"],
        ["ReinMax", "124.50", "124.66 ± 0.88", "-0.2", "2"],
    ]
