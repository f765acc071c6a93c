"""The formulas of the biased estimators' moments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from estimators import Estimator
from estimators.checks import Moments
from estimators.deterministic import ArgmaxStraightThrough, MeanField
from estimators.diffusion import ReDGE
from estimators.minimal_variance import MinimalVariance
from estimators.relaxation import GumbelSoftmax, HardConcrete, SpikeAndExponential
from estimators.straight_through import Darn, ReinMax, SlopeAnnealedStraightThrough, StraightThrough
from estimators.straight_through_gumbel import (
    DecoupledStraightThroughGumbelSoftmax,
    GappedStraightThrough,
    GumbelRao,
    StraightThroughGumbelSoftmax,
)
from tests.estimators import quadrature, summation

Formula = Callable[..., Moments]
FORMULAS: dict[type[Estimator], tuple[Formula, list[dict[str, Any]]]] = {
    StraightThrough: (summation.straight_through, [{}, {"jacobian": "identity"}, {"jacobian": "clipped"}]),
    Darn: (summation.darn, [{}]),
    SlopeAnnealedStraightThrough: (summation.slope_annealed, [{"slope": 0.5}, {"slope": 2.0}]),
    ReinMax: (summation.reinmax, [{"temperature": 1.0}, {"temperature": 2.0}]),
    GumbelSoftmax: (
        quadrature.gumbel_softmax,
        [{"temperature": 0.1}, {"temperature": 0.5}, {"temperature": 2.0}],
    ),
    StraightThroughGumbelSoftmax: (
        quadrature.straight_through_gumbel_softmax,
        [{"temperature": 0.1}, {"temperature": 0.5}, {"temperature": 2.0}],
    ),
    DecoupledStraightThroughGumbelSoftmax: (
        quadrature.decoupled,
        [
            {"forward_temperature": 1.0, "backward_temperature": 2.0},
            {"forward_temperature": 2.0, "backward_temperature": 0.7},
            {"forward_temperature": 0.5, "backward_temperature": 1.0},
        ],
    ),
    GumbelRao: (
        quadrature.gumbel_rao,
        [{"temperature": 2.0, "conditional_samples": 8}, {"temperature": 0.5, "conditional_samples": 2}],
    ),
    GappedStraightThrough: (
        summation.gapped_straight_through,
        [{"temperature": 0.5, "gap": 1.0}, {"temperature": 1.0, "gap": 0.3}, {"temperature": 2.0, "gap": 7.0}],
    ),
    MinimalVariance: (summation.minimal_variance, [{"weight": 1.0}, {"weight": 30.0}, {"weight": 1e6}]),
    MeanField: (summation.mean_field, [{}]),
    ArgmaxStraightThrough: (summation.argmax_straight_through, [{}]),
    ReDGE: (quadrature.redge, [{"steps": 5, "noise": 0.5}, {"steps": 2, "noise": 0.7}, {"steps": 3, "noise": 0.5}]),
    HardConcrete: (
        quadrature.hard_concrete,
        [{"temperature": 2 / 3}, {"temperature": 1.5, "stretch": (-0.5, 1.2)}],
    ),
    SpikeAndExponential: (quadrature.spike_and_exponential, [{"beta": 3.0}, {"beta": 1.0}]),
}
"""By class: the formula, which takes the settings of the class by the same names, and the settings to try."""
