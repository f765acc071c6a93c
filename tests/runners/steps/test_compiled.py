"""A compiled step is the step: what is taken down of every estimator and task, and what Inductor makes of it.

Most of it is tried with the operations as they were taken down, since a C++ compiler takes seconds for each step.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from omegaconf import DictConfig
from torch import Tensor
from torch.fx.experimental.proxy_tensor import make_fx

from estimators import NotApplicable
from estimators.catalogue import configurations
from estimators.distributions import every_choice
from estimators.relaxation import GumbelSoftmax
from runners.cells.cell import Cell
from runners.cells.execution import run_cell
from runners.steps.compiled import DECOMPOSITIONS, with_inductor
from runners.steps.training import Training
from tasks.batches import Batch
from tests.conftest import Compose

TASKS = {
    "vae_bernoulli": ("task.latent.n=4",),
    "vae_categorical": ("task.latent.n=2", "task.latent.k=3"),
    "vae_bernoulli_two_layers": ("task.latent.n=3",),
    "semi_supervised": ("task.latent.k=4", "data._target_=tests.conftest.stripes_with_few_labels"),
    "sbn_categorical": ("task.latent.n=2", "task.latent.k=3"),
    "embedding": ("task.latent.k=5",),
}
TINY = ("task=vae_bernoulli", *TASKS["vae_bernoulli"])
SGD = ("optimizer=sgd", "optimizer@auxiliary_optimizer=sgd", "auxiliary_optimizer.lr=1e-5")
"""Adam's first steps have the size of the learning rate however small a gradient is, rounding included; and training
that diverges amplifies rounding: with 1e-4, RELAX's control variate grows so fast that the encoder's weights do too."""

STEPS = 5

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Inductor's own


@pytest.fixture
def without_inductor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runners.steps.compiled.with_inductor", lambda graph, _: graph)


def training_of(config: DictConfig, compiled: bool = False) -> Training:
    Cell(config).folder.mkdir(parents=True, exist_ok=True)
    training = Training(Cell(config), batch_size=10)
    if compiled:
        training.compile_steps()
    return training


def after(training: Training, steps: int = STEPS) -> dict[str, Any]:
    """Losses and state after some steps."""
    for _ in range(steps):
        training.advance()
    return {"losses": training.losses.means(), **training.task.state_dict(), **training.learners.state_dict()}


def assert_same_steps(config: DictConfig, rtol: float = 1e-4, atol: float = 1e-5) -> None:
    """Both kinds of steps come to the same numbers and have drawn the same noise."""
    usual = after(training_of(config))
    drawn = torch.get_rng_state()
    compiled = after(training_of(config, compiled=True))
    assert torch.equal(drawn, torch.get_rng_state())
    torch.testing.assert_close(compiled, usual, rtol=rtol, atol=atol)


@pytest.mark.usefixtures("without_inductor")
@pytest.mark.parametrize("estimator", ["gumbel_softmax", "nvil", pytest.param("rebar", marks=pytest.mark.slow)])
def test_a_compiled_step_computes_what_the_step_does(compose_cell: Compose, estimator: str):
    assert_same_steps(compose_cell(*TINY, *SGD, f"estimator={estimator}"))


@pytest.mark.slow
@pytest.mark.usefixtures("without_inductor")
@pytest.mark.parametrize("estimator", sorted(configurations()))
@pytest.mark.parametrize("task", TASKS)
def test_every_step_can_be_compiled(compose_cell: Compose, task: str, estimator: str):
    config = compose_cell(f"task={task}", f"estimator={estimator}", *TASKS[task], *SGD)
    try:
        training_of(config)
    except NotApplicable:
        return
    assert_same_steps(config)


def slow(*overrides: str) -> Any:
    return pytest.param(overrides, marks=pytest.mark.slow)


SCHEDULE = "{_target_: runners.steps.learning_rates.warmup_and_cosine, warmup: 3, period: 9, start: 0.5}"
TEMPERATURE = "{_target_: estimators.schedules.exponential_decay, rate: 0.2, floor: 0.1}"


@pytest.mark.usefixtures("without_inductor")
@pytest.mark.parametrize(
    "overrides",
    [
        slow("optimizer=adam"),
        slow("optimizer=adam", "+optimizer.weight_decay=0.1", "optimizer.fused=false"),
        slow("optimizer=adam", "optimizer.betas=[0.0,0.9]"),
        ("optimizer=adamw", "optimizer.weight_decay=1.0"),
        slow("optimizer=sgd", "optimizer.momentum=0"),
        ("optimizer=sgd", "+optimizer.nesterov=true", "+optimizer.weight_decay=0.1"),
        slow("optimizer=sgd", "optimizer.clip_norm=1e-3"),
        ("optimizer=adam", "optimizer.clip_norm=1e-3", f"optimizer.schedule={SCHEDULE}"),
        ("optimizer=sgd", f"estimator.temperature={TEMPERATURE}"),
    ],
    ids=lambda overrides: " ".join(overrides)[:60],
)
def test_optimizers_limits_and_schedules_are_those_of_the_step(compose_cell: Compose, overrides: tuple[str, ...]):
    # One variable: each of its few thousand weights has a gradient that is no rounding.
    assert_same_steps(compose_cell("task=vae_bernoulli", "task.latent.n=4", *overrides), rtol=1e-3, atol=1e-3)


@pytest.mark.slow  # one compilation
def test_inductor_makes_the_same_steps_and_goes_on_with_the_same_bits(compose_cell: Compose):
    config = compose_cell(*TINY, *SGD)
    usual = after(training_of(config))
    whole = training_of(config, compiled=True)
    torch.testing.assert_close(after(whole), usual, rtol=1e-3, atol=1e-4)
    whole.save()
    resumed = training_of(config)
    assert resumed.restore()
    resumed.compile_steps()
    assert resumed.compile_seconds is not None
    assert whole.compile_seconds is not None
    assert resumed.compile_seconds > whole.compile_seconds  # of both processes together
    torch.set_rng_state(torch.load(whole.path)["generators"]["cpu"])
    one = after(whole)
    torch.set_rng_state(torch.load(whole.path)["generators"]["cpu"])
    torch.testing.assert_close(after(resumed), one, rtol=0, atol=0)


@pytest.mark.usefixtures("without_inductor")
def test_a_batch_of_another_shape_is_refused(compose_cell: Compose):
    """The compiled code would read beyond its end."""
    training = training_of(compose_cell(*TINY, *SGD), compiled=True)
    x, y = next(training.batches)
    with pytest.raises(ValueError, match=r"compiled for a batch of \[torch.Size\(\[10, 784\]\)"):
        training.learn_from(Batch(x[:5], None if y is None else y[:5]))


@pytest.mark.usefixtures("without_inductor")
def test_it_is_recorded_and_the_cell_is_the_same(compose_cell: Compose):
    config = compose_cell(*TINY, "runner.compile=true")
    assert Cell(config).id == Cell(compose_cell(*TINY)).id
    cell, _ = run_cell(config, [])
    assert cell.meta["status"] == "done", cell.meta["reason"]
    assert cell.meta["draws"] == [{"device": "cpu", "threads": 1, "replicas": 1, "cuda_graph": False, "compile": True}]
    assert cell.meta["compile_seconds"] > 0


def test_a_step_that_reads_a_number_is_refused_by_the_name_of_the_key(
    compose_cell: Compose, monkeypatch: pytest.MonkeyPatch
):
    def relax(self: Any, noise: Tensor, temperature: Tensor | float) -> Tensor:
        return torch.sigmoid((self.logits + noise) / float(temperature)) if noise.sum() < 1e9 else noise

    monkeypatch.setattr("estimators.bernoulli.Bernoulli.relax", relax)
    _, ending = run_cell(compose_cell(*TINY, "runner.compile=true"), [])
    assert ending.status == "failed"
    why = "cannot be compiled: a number is read out of a tensor, as with .item() or if"
    assert ending.reason == f"runner.compile=true: a step of GumbelSoftmax on VAE {why}"


@pytest.mark.parametrize(
    ("overrides", "named"),
    [
        (["+optimizer.amsgrad=true"], r"optimizer\.amsgrad=True"),
        (
            ["optimizer=sgd", "optimizer._target_=torch.optim.Adagrad", "~optimizer.momentum"],
            r"optimizer\._target_=torch",
        ),
    ],
)
def test_an_optimizer_that_is_not_known_is_refused_by_its_key(compose_cell: Compose, overrides: list[str], named: str):
    training = training_of(compose_cell(*TINY, *overrides))
    with pytest.raises(ValueError, match=rf"runner\.compile=true: a step with {named}.* cannot be compiled"):
        training.compile_steps()


@pytest.mark.usefixtures("without_inductor")
def test_a_buffer_that_is_replaced_is_refused(compose_cell: Compose, monkeypatch: pytest.MonkeyPatch):
    training = training_of(compose_cell(*TINY))
    (estimator,) = training.estimators
    assert isinstance(estimator, GumbelSoftmax)
    substitute = estimator.substitute

    def replacing(q: Any) -> Tensor:
        estimator.temperature = estimator.temperature * 0.9
        return substitute(q)

    monkeypatch.setattr(estimator, "substitute", replacing)
    with pytest.raises(ValueError, match="a buffer is replaced by another tensor"):
        training.compile_steps()


@pytest.mark.slow  # one compilation
def test_inductor_keeps_the_digits_of_small_numbers():
    """With its own expm1, a compiled step of unordered_set would take the logarithm of 0."""
    x = torch.cat([sign * torch.logspace(-30, 1, 64) for sign in (-1, 1)])
    graph = make_fx(lambda x: (torch.expm1(x),), DECOMPOSITIONS)(x)
    (values,) = with_inductor(graph, [x])(x)
    torch.testing.assert_close(values, torch.expm1(x), rtol=1e-6, atol=0)


@pytest.mark.slow  # one compilation
def test_inductor_lists_all_codes():
    """Its calls from C++ cannot raise an integer to powers that are in a tensor."""
    x = torch.zeros(1)
    graph = make_fx(lambda x: (every_choice(2, 3, x.device) + x,), DECOMPOSITIONS)(x)
    (codes,) = with_inductor(graph, [x])(x)
    assert codes.tolist() == [[first, second] for first in range(3) for second in range(3)]


@pytest.mark.slow
def test_scores_of_compiled_cells_are_close_to_those_of_others(compose_cell: Compose, tmp_path: Path):
    """With the same noise they differ by roundings, which training amplifies."""
    scores = {}
    for compiled in ("true", "false"):
        options = ("runner.steps=200", f"runner.compile={compiled}", f"output={tmp_path / compiled}")
        cell, _ = run_cell(compose_cell(*TINY, *options), [])
        scores[compiled] = cell.meta["scores"]["negative_elbo"]
    assert scores["true"] == pytest.approx(scores["false"], abs=0.5)
