"""One estimator on one latent, with cached results that several checks need."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from functools import cached_property, partial
from typing import Any

import torch
from torch import Tensor, nn

from estimators.checks.factory import Factory
from estimators.checks.problems import MultiSampleBound, OneLayer, Parameters, Problem
from estimators.checks.recorded import Recorded, record
from estimators.checks.result import Broken, Skip
from estimators.checks.sampling import (
    CONTEXT_SIZE,
    FEWEST,
    PLAIN,
    Sample,
    Way,
    batched,
    constant_context,
    sample,
    seeded,
)
from estimators.estimator import CostKind, Estimate, Estimator, NotApplicable
from estimators.latents import Latent


class Subject:
    """An estimator under test.

    Raises:
        NotApplicable: the estimator does not exist for this latent.
    """

    def __init__(self, factory: Factory, latent: Latent) -> None:
        self.factory = factory
        self.latent = latent
        self.fresh = self.build()
        self._samples: dict[tuple[Problem, Way], dict[str, Sample]] = {}

    def build(self, context_size: int | None = CONTEXT_SIZE, latent: Latent | None = None) -> Estimator:
        """A new estimator in float64 and evaluation mode, with the same initial parameters each time."""
        with seeded(1):
            estimator = self.factory(latent or self.latent, context_size)
        if not isinstance(estimator, Estimator):
            raise Broken(f"the factory returns a {type(estimator).__name__}, not an estimators.Estimator")
        return estimator.double().eval()

    def problem(
        self,
        kind: CostKind | str = "general",
        shift: float = 0.0,
        factor: float = 1.0,
        at: tuple[float, ...] | None = None,
    ) -> OneLayer:
        """The objective that this estimator minimises, for a cost of this kind."""
        about = self.latent, kind, shift, self.fresh.objective_distribution, factor, at
        if self.fresh.objective == "multi_sample_bound":
            return MultiSampleBound(*about, samples=self.fresh.cost_evaluations)
        return OneLayer(*about)

    def on_first(self, latents: Iterable[Latent]) -> Subject:
        """The same estimator on the first of these latents that it exists for.

        Raises:
            Skip: there is none.
        """
        for latent in latents:
            try:
                return Subject(self.factory, latent)
            except NotApplicable:
                continue
        raise Skip("no such layer is accepted")

    @property
    def claimed(self) -> CostKind | str | None:
        """The most general kind of cost for which the mean gradient must be exact; None if constants only."""
        if self.fresh.unbiased:
            return "general"
        return None if self.fresh.exact_for == "constant" else self.fresh.exact_for

    def claimed_problem(self, **changes: Any) -> OneLayer:
        """:meth:`problem` of the kind that is :attr:`claimed`.

        Raises:
            Skip: there is none.
        """
        if self.claimed is None:
            raise Skip("declared biased, and exact_for names no kind of cost")
        return self.problem(self.claimed, **changes)

    @cached_property
    def trained(self) -> Estimator:
        """An estimator whose own parameters and running statistics have moved from their initial values."""
        estimator = self.build()
        problem = self.problem()
        train(estimator, partial(problem.estimate, estimator), problem)
        return estimator

    def sample(self, problem: Problem, way: Way = PLAIN, fewest: int = FEWEST) -> dict[str, Sample]:
        """Statistics of the trained estimator's draws."""
        if (problem, way) not in self._samples:
            self._samples[problem, way] = sample(self.trained, problem, fewest=fewest, way=way)
        return self._samples[problem, way]

    @cached_property
    def call(self) -> Recorded:
        """One call in training mode, for a batch of 64."""
        with seeded(3):
            return record(self.build().train(), self.problem(), 64)

    def copy(self, training: bool = False) -> Estimator:
        """A copy of the trained estimator, for a call that may change its state."""
        return copy.deepcopy(self.trained).train(training)

    @property
    def relaxes(self) -> bool:
        """Whether the cost never sees a batch of hard codes, so that its parameters are trained on relaxed ones."""
        return not self.call.hard


def train(module: nn.Module, estimate: Callable[[Parameters, Tensor], Estimate], problem: Problem) -> None:
    """Minimises the auxiliary of ``estimate`` for 20 steps of Adam, while running statistics are updated.

    Args:
        module: the estimator or estimators whose own parameters are trained.
        estimate: the problem's estimate as a function of parameters and context.
    """
    own = [parameter for parameter in module.parameters() if parameter.requires_grad]
    optimizer = torch.optim.Adam(own, lr=0.02) if own else None
    module.train()
    with seeded(4):
        for _ in range(20):
            auxiliary = estimate(batched(problem.parameters(), 64), constant_context(64)).auxiliary
            if optimizer is not None and auxiliary is not None and auxiliary.requires_grad:
                optimizer.zero_grad()
                auxiliary.backward()
                optimizer.step()
    module.eval()
