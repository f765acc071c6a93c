"""Memory: a call keeps nothing except its result and the running state."""

from __future__ import annotations

import gc
import weakref
from itertools import pairwise
from typing import Any

from torch import Tensor

from estimators.checks.attributes import kept
from estimators.checks.problems import OneLayer
from estimators.checks.recorded import Results
from estimators.checks.result import Broken, causes
from estimators.checks.sampling import batched, constant_context, gradients, seeded
from estimators.checks.subject import Subject
from estimators.estimator import Estimator

ROWS = 16


class Remembered:
    """Weak references to every tensor that torch returned in a call."""

    def __init__(self) -> None:
        self.references: dict[int, weakref.ref[Tensor]] = {}

    def note(self, function: Any, result: Any) -> None:
        for each in result if isinstance(result, tuple | list) else (result,):
            if isinstance(each, Tensor):
                self.references[id(each)] = weakref.ref(each)

    def alive(self, estimator: Estimator) -> list[Tensor]:
        """The tensors that still exist, except for the estimator's buffers and parameters."""
        present = [tensor for reference in self.references.values() if (tensor := reference()) is not None]
        own = {id(part) for part in (*estimator.buffers(), *estimator.parameters())}
        return [tensor for tensor in present if id(tensor) not in own or tensor.grad_fn is not None]


@causes(
    "tensors are appended to a list, or the last estimate is kept in an attribute",
    "a running statistic is computed without detach, so that it keeps the graphs of all earlier calls alive",
)
def nothing_is_kept(subject: Subject) -> str:
    """No tensor of a call is alive after three more, no graph after the call, and nothing grows from call to call."""
    problem = subject.problem()
    for mode in (True, False):
        where = "training mode" if mode else "evaluation mode"
        estimator = subject.copy(mode)
        one_call(estimator, problem)  # tensors created in the first call may be kept
        first = Remembered()
        with Results(first.note):
            one_call(estimator, problem)
        graphs = [tensor for tensor in still_alive(first, estimator) if tensor.grad_fn is not None]
        if graphs:
            raise Broken(
                f"{where}: {len(graphs)} tensors with their graphs are alive after the call: detach what is kept"
            )
        sizes = [kept(estimator)]
        for _ in range(3):
            one_call(estimator, problem)
            sizes.append(kept(estimator))
        old = still_alive(first, estimator)
        if old:
            shapes = ", ".join(str(tuple(tensor.shape)) for tensor in old[:3])
            raise Broken(f"{where}: {len(old)} tensors of a call are alive after three more, of shapes {shapes}")
        if all(after > before for before, after in pairwise(sizes)):
            raise Broken(
                f"{where}: the estimator's state grows from call to call, from {sizes[0]} to {sizes[-1]} numbers"
            )
    return "nothing is left of a call after three more"


def still_alive(remembered: Remembered, estimator: Estimator) -> list[Tensor]:
    alive = remembered.alive(estimator)
    if alive:
        del alive
        gc.collect()
        alive = remembered.alive(estimator)
    return alive


def one_call(estimator: Estimator, problem: OneLayer) -> None:
    parameters = batched(problem.parameters(), ROWS)
    with seeded(70):
        estimate = problem.estimate(estimator, parameters, constant_context(ROWS))
    gradients(estimate, parameters)
    if estimate.auxiliary is not None and estimate.auxiliary.requires_grad:
        estimate.auxiliary.backward()
        estimator.zero_grad()
