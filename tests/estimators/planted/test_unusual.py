"""Right but unusual estimators, none of which the suite may flag."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from estimators import DecoupledStraightThroughGumbelSoftmax, Latent
from estimators.checks import Summary
from estimators.checks.check import Check
from estimators.checks.factory import factory_of
from estimators.checks.suite import checks_for
from tests.estimators.one_latent_each import LONG, one_latent_each
from tests.estimators.planted.unusual_paths import (
    AtTheMode,
    ClippedIdentity,
    FourRelaxedCodes,
    HardConcrete,
    IdentityStraightThrough,
    MeanField,
)
from tests.estimators.planted.unusual_samples import (
    CachedAndCounted,
    LoopOfSamples,
    OneBitFlipped,
    ShrunkLeaveOneOut,
    Stratified,
    SumAndSample,
    UncentredARSM,
)
from tests.estimators.planted.unusual_scores import (
    BaselineWithDropout,
    Exploring,
    ImportanceWeighted,
    OtherGenerators,
    RELAXOnNoisyLogits,
    ScaleOfTheContext,
)

UNUSUAL: dict[str, Any] = {
    "importance weights": ImportanceWeighted,
    "uncentred ARSM": UncentredARSM,
    "RELAX on noisy logits": RELAXOnNoisyLogits,
    "identity straight-through": IdentityStraightThrough,
    "at the mode": AtTheMode,
    "another distribution": Exploring,
    "a loop of samples": LoopOfSamples,
    "one bit flipped": OneBitFlipped,
    "a constant scale": ShrunkLeaveOneOut,
    "a scale of each example": ScaleOfTheContext,
    "mean field": MeanField,
    "partly hard codes": HardConcrete,
    "several relaxed codes": FourRelaxedCodes,
    "a cache and a counter": CachedAndCounted,
    "other generators": OtherGenerators,
    "stratified": Stratified,
    "sum and sample": SumAndSample,
    "dropout in the baseline": BaselineWithDropout,
    "clipped identity": ClippedIdentity,
    "another forward temperature": partial(DecoupledStraightThroughGumbelSoftmax, forward_temperature=0.5),
}


QUICK = [name for name in UNUSUAL if name not in ("uncentred ARSM", "RELAX on noisy logits")][::3]
"""The others, and the checks that take long, are tried by the slow test."""

LATENTS = (Latent("bernoulli", 4), Latent("categorical", 2, k=4))


def checks_of(name: str) -> list[Check]:
    latents = (Latent("categorical", 1, k=5),) if UNUSUAL[name] is SumAndSample else LATENTS
    return checks_for(factory_of(UNUSUAL[name]), latents, {})


def assert_not_flagged(checks: list[Check], least: int) -> None:
    results = [check.run() for check in checks]
    assert [str(result) for result in results if result.status == "failed"] == []
    assert Summary.of(results).run > least


@pytest.mark.parametrize("name", QUICK)
def test_a_right_but_unusual_estimator_is_not_flagged(name: str):
    checks = one_latent_each(checks_of(name), QUICK.index(name))
    assert_not_flagged([check for check in checks if check.name not in LONG], least=10)


@pytest.mark.slow
@pytest.mark.parametrize("name", UNUSUAL)
def test_it_is_not_flagged_on_any_latent(name: str):
    assert_not_flagged(checks_of(name), least=20)
