"""A gate against slower steps that no noise of a machine can move: how many operators a training step calls."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch._inductor.metrics
from torch.utils._python_dispatch import TorchDispatchMode

from runners.cells.cell import Cell
from runners.cells.execution import run_cell
from runners.measuring.floor import MatrixProducts
from runners.steps.training import Training
from tests.conftest import Compose

VIEWS = ("view", "t", "expand", "unsqueeze", "squeeze", "detach", "alias", "as_strided", "slice", "select", "transpose")
"""Operators that move no numbers."""


class Calls(TorchDispatchMode):
    """Counts the operators that compute."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = func.overloadpacket.__name__
        if name not in VIEWS:
            self.names.append(name)
        return func(*args, **(kwargs or {}))


MOST = {
    "gumbel_softmax": 71,
    "straight_through": 68,
    "reinforce": 79,
    "nvil": 132,
    "rloo": 87,
    "rebar": 236,
}
"""Calls of a step of the linear Bernoulli VAE, the data included: what was counted, and 5 % for another PyTorch."""

STEPS = 50
"""Over which calls are counted: batches are prepared, and losses averaged, several at a time."""


@pytest.mark.parametrize("estimator", MOST)
def test_a_step_calls_no_more_operators_than_it_did(compose_cell: Compose, estimator: str):
    config = compose_cell("task=vae_bernoulli", "task.latent.n=20", f"estimator={estimator}")
    training = Training(Cell(config), batch_size=20)
    training.advance()
    calls = Calls()
    with calls:
        for _ in range(STEPS):
            training.advance()
    assert len(calls.names) / STEPS <= MOST[estimator], sorted(calls.names)
    assert "_local_scalar_dense" not in calls.names, "no .item(): a GPU would have to be waited for"


@pytest.mark.parametrize(("estimator", "products"), [("gumbel_softmax", 5), ("reinforce", 4), ("muprop", 8)])
def test_a_step_makes_no_matrix_product_that_it_does_not_need(compose_cell: Compose, estimator: str, products: int):
    """Of each evaluation one product forward, and one backward for what learns or passes a gradient on.

    Gumbel-Softmax: encoder, decoder, two weights and the code. REINFORCE needs no gradient of the code. MuProp has a
    second decoder pass, at the mean, with the gradients of the weight and of the code.
    """
    config = compose_cell("task=vae_bernoulli", "task.latent.n=20", f"estimator={estimator}")
    training = Training(Cell(config), batch_size=20)
    found = MatrixProducts()
    with found:
        training.advance()
    assert len(found.calls) <= products


KERNELS = {"gumbel_softmax": 29, "rloo": 34, "nvil": 42}
"""Loops in the generated C++ of the same steps: what was counted, and one for another PyTorch."""


@pytest.mark.slow  # compilations
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Inductor's own
@pytest.mark.parametrize("estimator", KERNELS)
def test_a_compiled_step_has_no_more_kernels_than_it_had(compose_cell: Compose, estimator: str):
    config = compose_cell("task=vae_bernoulli", "task.latent.n=20", f"estimator={estimator}")
    training = Training(Cell(config), batch_size=20)
    torch._inductor.metrics.reset()
    training.compile_steps()
    assert 0 < torch._inductor.metrics.generated_kernel_count <= KERNELS[estimator]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Inductor's own
def test_a_step_is_ahead_of_a_plain_script_and_compiled_of_one_written_with_care(compose_cell: Compose):
    """Ratios of one run, with room for a busy machine; docs/performance.md has what is measured."""
    peers = {"tutorial": "benchmarks.tutorial.training_step", "careful": "benchmarks.careful.training_step"}
    config = compose_cell(
        "runner=speed", "data=mnist5k", "data._target_=tasks.datasets.mnist5k", "estimator=gumbel_softmax",
        "task=vae_bernoulli", "runner.repetitions=15", "runner.compiled=true",
        *(f"runner.peers.{name}={{_target_: {target}, _partial_: true}}" for name, target in peers.items()),
    )  # fmt: skip
    cell, _ = run_cell(config, overrides=[])
    assert cell.meta["status"] == "done", cell.meta["reason"]
    scores = cell.meta["scores"]
    assert scores["step_by_tutorial"] < 0.9, json.dumps(scores)
    assert scores["compiled_by_step"] < 0.85, json.dumps(scores)
    assert scores["compiled_by_careful"] < 0.9, json.dumps(scores)
