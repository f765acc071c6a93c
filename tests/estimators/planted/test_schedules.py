"""Schedules that do not follow the step of the training, and estimators that are wrong at later steps."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from estimators import Cost, Distribution, Estimate, Estimator, Latent
from estimators.schedules import Schedule
from tests.estimators.planted.cases import outcome_of, planted
from tests.estimators.planted.right import BITS, CLASSES, Right


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


@planted(
    [
        (ScheduleThatStands, "schedules", BITS),
        (ScheduleThatStartsLate, "schedules", CLASSES),
        (ScheduleReadOnce, "schedules", BITS),
        (ScheduleOfAnotherName, "schedules", BITS),
        (ScheduleInTrainingOnly, "schedules", BITS),
        (WrongAtLaterSteps, "later_steps", BITS),
    ]
)
def test_the_check_flags_the_mistake_only(estimator: type[Estimator], check: str, latent: Latent, outcome: str):
    assert outcome_of(estimator, check, latent) == outcome
