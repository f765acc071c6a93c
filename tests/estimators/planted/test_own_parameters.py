"""Parameters and state of the estimator's own."""

from __future__ import annotations

from torch import Tensor

from estimators import Cost, Distribution, Estimate, Estimator, Latent
from tests.estimators.planted.cases import outcome_of, planted
from tests.estimators.planted.right import BITS, Right, RightLearned


class SurrogateReachesTheBaseline(RightLearned):
    def constant(self, signal: Tensor) -> Tensor:
        return signal


class AuxiliaryReachesTheContext(RightLearned):
    def seen(self, context: Tensor) -> Tensor:
        return context


class AuxiliaryReachesTheCost(RightLearned):
    def objective_of(self, signal: Tensor, at_z: Estimate) -> Tensor:
        return (signal + at_z.surrogate - at_z.value).square().mean()


class AuxiliaryClimbs(RightLearned):
    def objective_of(self, signal: Tensor, at_z: Estimate) -> Tensor:
        return -signal.square().mean()


class TrainsNothing(RightLearned):
    def objective_of(self, signal: Tensor, at_z: Estimate) -> Tensor:
        return signal.detach().square().mean()


class StateOutsideBuffers(RightLearned):
    mean = 0.0

    def centred(self, residual: Tensor) -> Tensor:
        centred = residual - self.mean
        self.mean = 0.9 * self.mean + 0.1 * residual.detach().mean().item()
        return centred


class LosesTheDeeperAuxiliary(Right):
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        estimate = super().forward(q, cost, context)
        return Estimate(estimate.surrogate, estimate.value)


@planted(
    [
        (LosesTheDeeperAuxiliary, "deeper_auxiliary", BITS),
        (SurrogateReachesTheBaseline, "separate_parameters", BITS),
        (AuxiliaryReachesTheContext, "separate_parameters", BITS),
        (AuxiliaryReachesTheCost, "separate_parameters", BITS),
        (TrainsNothing, "separate_parameters", BITS),
        (AuxiliaryClimbs, "auxiliary_lowers_variance", BITS),
        (StateOutsideBuffers, "state_dict", BITS),
    ]
)
def test_the_check_flags_the_mistake_only(estimator: type[Estimator], check: str, latent: Latent, outcome: str):
    assert outcome_of(estimator, check, latent) == outcome
