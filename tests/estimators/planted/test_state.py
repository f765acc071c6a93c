"""State that is not saved, not moved or moved by the wrong thing, and what is kept from call to call."""

from __future__ import annotations

import torch
from torch import Tensor

from estimators import Cost, Distribution, Estimate, Estimator, Latent
from tests.estimators.planted.cases import outcome_of, planted
from tests.estimators.planted.right import BITS, CLASSES, Right, RightLearned


class WarmUpInAnAttribute(Right):
    """Half the gradient for the first thousand calls, counted in Python."""

    calls = 0

    def signal(self, value: Tensor) -> Tensor:
        self.calls += self.training
        return value if self.calls > 1_000 else 0.5 * value


class Counter(torch.nn.Module):
    calls = 0


class WarmUpInANestedAttribute(Right):
    def __init__(self, latent: Latent, context_size: int | None = None) -> None:
        super().__init__(latent, context_size)
        self.counter = Counter()

    def signal(self, value: Tensor) -> Tensor:
        self.counter.calls += 1
        return value if self.counter.calls < 500 else 0.9 * value


class BufferThatIsNotSaved(Right):
    calls: Tensor

    def __init__(self, latent: Latent, context_size: int | None = None) -> None:
        super().__init__(latent, context_size)
        self.register_buffer("calls", torch.zeros(()), persistent=False)

    def signal(self, value: Tensor) -> Tensor:
        self.calls.add_(float(self.training))
        return value * (1 - torch.exp(-self.calls / 5))


class BaselineInAList(RightLearned):
    """A running mean over a list of Python numbers."""

    def __init__(self, latent: Latent, context_size: int | None = None) -> None:
        super().__init__(latent, context_size)
        self.past: list[float] = []

    def centred(self, residual: Tensor) -> Tensor:
        mean = sum(self.past) / max(1, len(self.past))
        if self.training:
            self.past.append(residual.detach().mean().item())
        return residual - mean


class BaselineOfEveryCall(RightLearned):
    """The running mean moves in evaluation mode too."""

    def centred(self, residual: Tensor) -> Tensor:
        centred = residual - self.running
        self.running.mul_(0.9).add_(0.1 * residual.detach().mean())
        return centred


class ResetByEvaluation(RightLearned):
    """eval() starts the running mean anew."""

    def train(self, mode: bool = True) -> ResetByEvaluation:
        if not mode:
            self.running.zero_()
        return super().train(mode)


class FadesWithItsCalls(Right):
    """The gradient decays with the number of calls, in a buffer, as it should be; but it should not."""

    calls: Tensor

    def __init__(self, latent: Latent, context_size: int | None = None) -> None:
        super().__init__(latent, context_size)
        self.register_buffer("calls", torch.zeros(()))

    def signal(self, value: Tensor) -> Tensor:
        self.calls.add_(float(self.training))
        return value / (1 + self.calls / 10_000)


class WrongAfterManyCalls(FadesWithItsCalls):
    def signal(self, value: Tensor) -> Tensor:
        self.calls.add_(float(self.training))
        return torch.where(self.calls > 20_000, 0.5 * value, value)


class KeepsItsEstimates(Right):
    def __init__(self, latent: Latent, context_size: int | None = None) -> None:
        super().__init__(latent, context_size)
        self.history: list[object] = []

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        estimate = super().forward(q, cost, context)
        self.history.append(self.part(estimate))
        return estimate

    def part(self, estimate: Estimate) -> object:
        return estimate


class KeepsItsValues(KeepsItsEstimates):
    def part(self, estimate: Estimate) -> object:
        return estimate.value.clone()


class KeepsItsNumbers(KeepsItsEstimates):
    def part(self, estimate: Estimate) -> object:
        return float(len(self.history))


class KeepsTheLastGraph(Right):
    last: Tensor | None = None

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        estimate = super().forward(q, cost, context)
        self.last = estimate.surrogate * 1
        return estimate


KEPT: list[Tensor] = []


class KeepsOutsideOfItself(Right):
    def signal(self, value: Tensor) -> Tensor:
        KEPT.append(value * 1)
        return value


class GraphInTheRunningMean(RightLearned):
    """The running mean is a new tensor that holds on to every call before."""

    def centred(self, residual: Tensor) -> Tensor:
        centred = residual - self.running.detach()
        if self.training:
            self.running = 0.9 * self.running + 0.1 * residual.mean()
        return centred


class GrowingBuffer(Right):
    past: Tensor

    def __init__(self, latent: Latent, context_size: int | None = None) -> None:
        super().__init__(latent, context_size)
        self.register_buffer("past", torch.zeros(0))

    def signal(self, value: Tensor) -> Tensor:
        self.past = torch.cat([self.past.to(value), value.mean().reshape(1)])
        return value


@planted(
    [
        (WarmUpInAnAttribute, "state_dict", BITS),
        (WarmUpInANestedAttribute, "state_dict", BITS),
        (BufferThatIsNotSaved, "state_dict", BITS),
        (BaselineInAList, "state_dict", BITS),
        (BaselineInAList, "nothing_is_kept", BITS),
        (BaselineOfEveryCall, "evaluation_leaves_no_trace", BITS),
        (ResetByEvaluation, "evaluation_leaves_no_trace", CLASSES),
        (FadesWithItsCalls, "many_calls", BITS),
        (WrongAfterManyCalls, "many_calls", BITS),
        (KeepsItsEstimates, "nothing_is_kept", BITS),
        (KeepsItsValues, "nothing_is_kept", BITS),
        (KeepsItsNumbers, "nothing_is_kept", CLASSES),
        (KeepsTheLastGraph, "nothing_is_kept", BITS),
        (KeepsOutsideOfItself, "nothing_is_kept", BITS),
        (GraphInTheRunningMean, "nothing_is_kept", BITS),
        (GrowingBuffer, "nothing_is_kept", BITS),
    ]
)
def test_the_check_flags_the_mistake_only(estimator: type[Estimator], check: str, latent: Latent, outcome: str):
    assert outcome_of(estimator, check, latent) == outcome
