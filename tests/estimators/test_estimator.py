"""What an estimator may return, and what is refused before it is broadcast silently."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from estimators import Distribution, Estimate, Estimator, Latent

LATENT = Latent("bernoulli", 3)


class Returning(Estimator):
    """Returns what it was made with."""

    unbiased = False
    citation = "nobody"

    def __init__(self, returned: Any) -> None:
        super().__init__(LATENT)
        self.returned = returned

    def forward(self, q: Distribution, cost: Any, context: Tensor | None) -> Estimate:
        return self.returned


def estimated(returned: Any) -> Estimate:
    return Returning(returned)(LATENT(torch.zeros(5, 3)), lambda z: z.sum(-1))


def test_an_estimate_has_one_number_per_example():
    estimate = Estimate(torch.zeros(5), torch.zeros(5), torch.zeros(()))
    assert estimated(estimate) is estimate


@pytest.mark.parametrize("shape", [(), (1,), (5, 1), (1, 5)])
@pytest.mark.parametrize("part", ["surrogate", "value"])
def test_another_shape_is_refused_with_the_one_that_is_needed(part: str, shape: tuple[int, ...]):
    parts = {"surrogate": torch.zeros(5), "value": torch.zeros(5)} | {part: torch.zeros(shape)}
    with pytest.raises(ValueError, match=rf"Returning: its {part} has shape .*; it must be \(5,\), one number"):
        estimated(Estimate(**parts))


def test_the_objective_of_its_own_parameters_is_one_number():
    with pytest.raises(ValueError, match=r"its auxiliary has shape \(5,\); it must be a scalar"):
        estimated(Estimate(torch.zeros(5), torch.zeros(5), torch.zeros(5)))


def test_something_else_than_an_estimate_is_refused():
    with pytest.raises(TypeError, match="forward returned None; it must return an Estimate"):
        estimated(None)
