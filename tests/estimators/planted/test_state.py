"""State that is not saved, not moved or moved by the wrong thing, and what is kept from call to call."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from estimators import Cost, Distribution, Estimate, Estimator, Latent
from estimators.schedules import Schedule
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


class RightScheduled(Estimator):
    """Gumbel-Softmax with a scheduled temperature."""

    unbiased = False
    citation = "Jang, Gu & Poole 2017"
    temperature: Tensor

    def __init__(self, latent: Latent, context_size: int | None = None, temperature: Schedule | float = 0.5) -> None:
        super().__init__(latent, context_size)
        self.register_schedule("temperature", temperature)
        self.calls = 0

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        return Estimate.of(cost(q.relax(q.noise(), self.at())))

    def at(self) -> Tensor | float:
        return self.scheduled("temperature")


class ScheduleThatStands(RightScheduled):
    def set_step(self, step: int) -> None:
        pass


class ScheduleThatStartsLate(RightScheduled):
    def set_step(self, step: int) -> None:
        super().set_step(max(0, step - 100))


class ScheduleReadOnce(RightScheduled):
    first: float | None = None

    def at(self) -> Tensor | float:
        if self.first is None:
            self.first = float(self.temperature)
        return self.first


class ScheduleOfAnotherName(RightScheduled):
    """Taken as a setting, called with the number of calls instead of the step."""

    schedule: Callable[[int], float]

    def __init__(self, latent: Latent, context_size: int | None = None, temperature: Schedule | float = 0.5) -> None:
        super().__init__(latent, context_size, 0.5)
        self.schedule = temperature if callable(temperature) else lambda step: float(temperature)

    def at(self) -> Tensor | float:
        self.calls += 1
        return self.schedule(self.calls)


class ScheduleInTrainingOnly(RightScheduled):
    def at(self) -> Tensor | float:
        return self.scheduled("temperature") if self.training else 0.5


class WrongAtLaterSteps(Right):
    """The signal is damped as the training goes on."""

    step = 0

    def set_step(self, step: int) -> None:
        super().set_step(step)
        self.step = step

    def signal(self, value: Tensor) -> Tensor:
        return value / (1 + self.step / 100_000)


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
        (ScheduleThatStands, "schedules", BITS),
        (ScheduleThatStartsLate, "schedules", CLASSES),
        (ScheduleReadOnce, "schedules", BITS),
        (ScheduleOfAnotherName, "schedules", BITS),
        (ScheduleInTrainingOnly, "schedules", BITS),
        (WrongAtLaterSteps, "later_steps", BITS),
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
