"""Mistakes in biased estimators, which no exact gradient shows, are differences from the moments of the formula.

Each mistake is a shipped class that differs in one place. The same comparison with the class itself passes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import partial
from typing import Any

import pytest

from estimators import Estimator, Latent
from estimators.checks.additive import LAYERS
from estimators.checks.factory import factory_of
from estimators.checks.moments import moment_checks
from estimators.diffusion import ReDGE
from estimators.relaxation import GumbelSoftmax, HardConcrete, SpikeAndExponential
from estimators.straight_through import Darn, ReinMax, SlopeAnnealedStraightThrough, StraightThrough
from estimators.straight_through_gumbel import (
    DecoupledStraightThroughGumbelSoftmax,
    GappedStraightThrough,
    GumbelRao,
    StraightThroughGumbelSoftmax,
)
from tests.estimators.formulas import FORMULAS
from tests.estimators.kept import kept
from tests.estimators.planted import biased_draws, biased_formulas
from tests.estimators.planted.biased_draws import (
    ClippedProbabilities,
    FreshNoise,
    NoiseForgottenInTraining,
)
from tests.estimators.planted.biased_formulas import (
    MeanOverVariables,
    NoiseDividedToo,
    OneNoiseForAllVariablesRelaxed,
    StraightThroughTwice,
    ThroughTheGap,
)

DRAWS = 100_000
"""They see 12 % or less of the mean where nothing is colder than 0.5; the mistakes are larger."""

MISTAKES = [
    each
    for module in (biased_formulas, biased_draws)
    for each in vars(module).values()
    if isinstance(each, type) and each.__module__ == module.__name__
]

SETTINGS: dict[type[Estimator], dict[str, Any]] = {
    StraightThrough: {},
    Darn: {},
    SlopeAnnealedStraightThrough: {"slope": 2.0},
    ReinMax: {"temperature": 2.0},
    GumbelSoftmax: {"temperature": 0.5},
    StraightThroughGumbelSoftmax: {"temperature": 0.5},
    DecoupledStraightThroughGumbelSoftmax: {"forward_temperature": 2.0, "backward_temperature": 0.7},
    GumbelRao: {"temperature": 0.5, "conditional_samples": 3},
    GappedStraightThrough: {"temperature": 0.5, "gap": 1.0},
    HardConcrete: {"temperature": 1.5},
    ReDGE: {"steps": 3, "noise": 0.5},
    SpikeAndExponential: {"beta": 1.0},
}
"""No temperature and no slope is 1, so that one too many shows."""


def failures(estimator: type[Estimator], right: type[Estimator], layer: Latent) -> list[str]:
    reference = kept(FORMULAS[right][0], **SETTINGS[right])
    checks = moment_checks(factory_of(partial(estimator, **SETTINGS[right])), reference, most=DRAWS)
    return [check.name for check in checks if check.latent == layer and check.run().status == "failed"]


QUICK = (
    StraightThroughTwice,
    FreshNoise,
    NoiseDividedToo,
    ThroughTheGap,
    MeanOverVariables,
    OneNoiseForAllVariablesRelaxed,
    ClippedProbabilities,
    NoiseForgottenInTraining,
)
"""One of each kind."""


def on_each_layer(classes: Iterable[type[Estimator]], chosen: Collection[type[Estimator]]) -> list[Any]:
    """Parameters: each class on its layers; those of the chosen ones are slow but for one, bits and classes in turn."""
    parameters, turn = [], 0
    for each in classes:
        layers = [layer for layer in LAYERS if layer.family in each.families]
        turn += each in chosen
        for layer in layers:
            fast = each in chosen and layer is layers[turn % len(layers)]
            marks = () if fast else pytest.mark.slow
            parameters.append(pytest.param(each, layer, id=f"{each.__name__}-{layer.family}", marks=marks))
    return parameters


@pytest.mark.parametrize(("mistake", "layer"), on_each_layer(MISTAKES, QUICK))
def test_the_mistake_is_seen_for_both_families(mistake: type[Estimator], layer: Latent):
    (right,) = mistake.__bases__
    assert failures(mistake, right, layer)


@pytest.mark.parametrize(("right", "layer"), on_each_layer(SETTINGS, [StraightThrough, GumbelSoftmax]))
def test_the_class_itself_passes_the_same_comparison(right: type[Estimator], layer: Latent):
    assert not failures(right, right, layer)
