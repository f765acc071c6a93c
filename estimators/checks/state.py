"""The state that an estimator keeps between calls: it must be in the ``state_dict`` and not change in evaluation."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from itertools import pairwise

from torch import Tensor

from estimators.checks.attributes import Place, numbers_of, outside_of_state_dict
from estimators.checks.comparisons import exact_mean
from estimators.checks.problems import OneLayer
from estimators.checks.recorded import record
from estimators.checks.result import Broken, Measured, Skip, causes
from estimators.checks.sampling import FEW, ROUNDING, gradients, largest, same_noise, seeded
from estimators.checks.subject import Subject
from estimators.estimator import Estimator

CALLS = 300
OTHER_NUMBERS = (0, 1, 10, 100, 1_000, 100_000)
"""Replacements for a number that is not part of the state, to see whether it has an effect."""
LATE = 100_000
"""Number of calls after which a warm-up or a decay that counts calls has long ended."""


@causes(
    "a number is kept in a Python attribute: register a buffer",
    "a buffer is registered with persistent=False, or replaced by a tensor that is not a buffer",
)
def state_dict(subject: Subject) -> Measured:
    """A new estimator that loads the ``state_dict`` of another one gives the same estimates, from the same noise."""
    problem = subject.problem()
    original = subject.copy(training=True)
    original.set_step(12_345)
    before = outside_of_state_dict(original)
    call(original, problem, 3)
    restored = subject.build().train()
    restored.load_state_dict(original.state_dict())
    changed = [place for place in outside_of_state_dict(original) if place.value(original) != before.get(place)]
    difference = distance(two_calls(copy.deepcopy(original), problem), two_calls(copy.deepcopy(restored), problem))
    if difference == 0:
        for place in changed:
            for number in OTHER_NUMBERS:
                other = copy.deepcopy(original)
                place.set(other, number)
                if distance(two_calls(other, problem), two_calls(copy.deepcopy(original), problem)) > 0:
                    raise Broken(f"{place} changes from call to call and has an effect, but is not in the state_dict")
    return Measured("largest difference after loading", difference, 0)


def call(estimator: Estimator, problem: OneLayer, calls: int, rows: int = 8) -> None:
    with seeded(69):
        for _ in range(calls):
            record(estimator, problem, rows)


def distance(first: list[Tensor], second: list[Tensor]) -> float:
    return max(largest(a - b) for a, b in zip(first, second, strict=True))


def two_calls(estimator: Estimator, problem: OneLayer) -> list[Tensor]:
    """All results of two further calls; the second starts from the state after the first."""
    found: list[Tensor] = []
    with seeded(9):
        for _ in range(2):
            call = record(estimator, problem, 16)
            found += [*gradients(call.estimate, call.parameters).values(), call.estimate.value]
            if call.estimate.auxiliary is not None:
                found.append(call.estimate.auxiliary.detach())
    return found


@causes(
    "running statistics are updated in evaluation mode too",
    "eval() or train() is overridden and resets a number",
)
def evaluation_leaves_no_trace(subject: Subject) -> Measured:
    """Evaluation between two training steps does not change the steps that follow."""
    problem = subject.problem()
    found = []
    for interrupted in (False, True):
        estimator = subject.copy(training=True)
        estimator.set_step(12_345)
        call(estimator, problem, 2)
        if interrupted:
            estimator.eval()
            first = same_noise(estimator, problem, FEW)
            call(estimator, problem, 2)
            if largest(same_noise(estimator, problem, FEW) - first) > 0:
                raise Broken("in evaluation mode the estimates change from call to call, on the same noise")
            estimator.train()
        found.append([*two_calls(estimator, problem), *two_calls(estimator.eval(), problem)])
    return Measured("largest change by an evaluation in between", distance(*found), 0)


@causes(
    "a warm-up or a decay counts calls: use register_schedule, which follows set_step, instead",
    "a running statistic drifts, because it is not divided by its total weight",
)
def many_calls(subject: Subject) -> Measured:
    """After many calls in training mode the mean gradient is still exact; the number of calls has no other effect."""
    problem = subject.problem()
    old = subject.copy(training=True)
    call(old, problem, CALLS, rows=4)
    counters = list(counters_of(old, lambda: call(old, problem, 1, rows=4)))
    late = copy.deepcopy(old)
    for place in counters:
        place.set(late, place.value(old) + LATE)
    if subject.claimed:
        about = "".join(f" and {LATE:,} more counted in {place}" for place in counters)
        return exact_mean(late, subject.claimed_problem(), f", training mode, after {CALLS} calls{about}")
    if not counters:
        raise Skip("declared biased, and nothing counts calls")
    change = same_noise(late.eval(), problem, FEW) - same_noise(old.eval(), problem, FEW)
    return Measured("largest change of an estimate with the count of calls", largest(change), ROUNDING)


def counters_of(estimator: Estimator, one_call: Callable[[], None]) -> Iterator[Place]:
    """Numbers, including buffers, that grow by the same integer in each of three calls."""
    history: list[dict[Place, float]] = [numbers_of(estimator)]
    for _ in range(3):
        one_call()
        history.append(numbers_of(estimator))
    for place in history[0]:
        if any(place not in numbers for numbers in history):
            continue
        values = [numbers[place] for numbers in history]
        steps = {after - before for before, after in pairwise(values)}
        if len(steps) == 1 and (step := steps.pop()) and step == int(step):
            yield place
