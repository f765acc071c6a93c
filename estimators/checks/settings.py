"""Settings other than the ones passed: numbers of samples, schedules, later training steps."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from estimators.checks.comparisons import exact_mean
from estimators.checks.factory import settings_of, with_settings
from estimators.checks.result import Broken, Measured, Skip, causes, worst
from estimators.checks.sampling import FEW, ROUNDING, largest, same_noise
from estimators.checks.subject import Subject
from estimators.estimator import Estimator

STEPS = (0, 500, 12_345, 1_000_000)
LATER = 100_000


@causes(
    "a factor that is right for one number of samples only, such as 1/2 for 1/(S - 1)",
    "unbiased holds for some settings only: set it in the constructor, or make exact_for a property",
)
def other_settings(subject: Subject) -> Measured:
    """With other numerical settings, such as more samples, the mean gradient is still exact."""
    tests: list[Measured] = []
    for setting, other in other_subjects(subject):
        if other.claimed:
            what = f"gradient of the logits with {setting}"
            tests.append(exact_mean(other.trained, other.claimed_problem(), what=what))
    if not tests:
        raise Skip("no numerical settings, or no kind of cost is claimed")
    return worst(tests)


def other_subjects(subject: Subject) -> Iterator[tuple[str, Subject]]:
    """The estimator with one numerical setting changed at a time, where the class accepts it."""
    for name, parameter in settings_of(type(subject.fresh)).items():
        default = getattr(subject.fresh, name, parameter.default)
        if isinstance(default, bool) or not isinstance(default, int | float):
            continue
        for value in other_numbers(default):
            factory = with_settings(subject.factory, **{name: value})
            if factory is None:
                return
            try:
                other = Subject(factory, subject.latent)
                evaluations = other.fresh.cost_evaluations
            except (ValueError, TypeError):
                continue
            yield f"{name}={value}", other
            if evaluations == subject.fresh.cost_evaluations:
                break  # not a number of samples, so one other value is enough


def other_numbers(number: float) -> tuple[float, ...]:
    if isinstance(number, int):
        return tuple(other for other in (5, 3, 2) if other != number)
    return number / 2, 2 * number


@causes(
    "set_step is overridden and does not pass the step on, or a schedule is not registered with register_schedule",
    "the value of a schedule is read once and kept",
)
def schedules(subject: Subject) -> Measured:
    """With a schedule in place of a number, the estimates at a step are those with the schedule's value there."""
    names = scheduled(subject.fresh)
    check_buffers(subject.build())
    tests = [
        measured
        for name, number in names.items()
        for step in STEPS
        for measured in follows_schedule(subject, name, slowly_from(number), step)
    ]
    if not tests:
        raise Skip("no setting takes a schedule")
    return worst(tests)


def scheduled(estimator: Estimator) -> dict[str, float]:
    """The settings that take a schedule, with their values."""
    arguments = settings_of(type(estimator))
    names = {name for name, each in arguments.items() if "Schedule" in str(each.annotation)}
    names |= set(estimator.schedules) & set(arguments)
    values = {name: getattr(estimator, name, arguments[name].default) for name in sorted(names)}
    return {
        name: float(value) for name, value in values.items() if isinstance(value, int | float) or hasattr(value, "item")
    }


def slowly_from(number: float) -> Callable[[int], float]:
    """A schedule that grows from ``number`` to 1.5 times it."""
    return lambda step: number * (1.5 - 0.5 * math.exp(-step / 1000))


def follows_schedule(subject: Subject, name: str, schedule: Callable[[int], float], step: int) -> Iterator[Measured]:
    """Estimates at a step, in training and evaluation mode, against those with the schedule's value at that step."""
    values = (schedule, schedule(step), schedule(0))
    factories = [with_settings(subject.factory, **{name: value}) for value in values]
    found = []
    for factory in factories:
        if factory is None:
            return
        estimator = Subject(factory, subject.latent).fresh.train()
        same_noise(estimator, subject.problem(), FEW)  # a value read in the first call must not be kept
        estimator.set_step(step)
        found.append([same_noise(estimator.train(mode), subject.problem(), FEW) for mode in (True, False)])
    moving, fixed, start = found
    where = f"{name} at step {step:,}"
    for mode, one, other in zip(("training", "evaluation"), moving, fixed, strict=True):
        tolerance = 1e-5 * (1 + other.abs().max().item())
        yield Measured(f"largest change of an estimate, {where}, {mode} mode", largest(one - other), tolerance)
    effects = [largest(one - other) for one, other in zip(fixed, start, strict=True)]
    if max(effects) > ROUNDING >= min(effects):
        raise Broken(
            f"{where} has an effect of {effects[0]:.3g} in training and of {effects[1]:.3g} in evaluation mode"
        )


def check_buffers(estimator: Estimator) -> None:
    """Checks that the buffer of every registered schedule has the schedule's value at every step."""
    for step in (*STEPS, 0):
        estimator.set_step(step)
        for name, schedule in estimator.schedules.items():
            value = float(getattr(estimator, name))
            if not math.isclose(value, schedule(step), rel_tol=1e-5):
                raise Broken(f"after set_step({step}) {name} is {value:g}, but its schedule gives {schedule(step):g}")


@causes(
    "a factor that is not part of the formula depends on the training step",
    "a schedule ends at a value for which the formula does not hold",
)
def later_steps(subject: Subject) -> Measured:
    """At a later training step the mean gradient is still exact; without a schedule nothing changes."""
    later = subject.copy(training=True)
    later.set_step(LATER)
    if subject.claimed:
        return exact_mean(later, subject.claimed_problem(), f", after set_step({LATER})")
    moving = any(schedule(0) != schedule(LATER) for schedule in later.schedules.values())
    if moving or type(later).set_step is not Estimator.set_step:
        raise Skip("declared biased, with a schedule")
    problem = subject.problem()
    change = same_noise(later.eval(), problem, FEW) - same_noise(subject.trained, problem, FEW)
    return Measured("largest change of an estimate", largest(change), ROUNDING)
