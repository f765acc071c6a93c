"""One estimator on one latent, with what several checks need of it made once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial

import torch
from torch import Tensor, nn

from estimators.checks.problems import MultiSampleBound, OneLayer, Parameters, Problem, distribution
from estimators.checks.result import Broken
from estimators.checks.sampling import CONTEXT_SIZE, Sample, batched, constant_context, sample, seeded
from estimators.estimator import Cost, CostKind, Deeper, Estimate, Estimator
from estimators.latents import Latent

Factory = Callable[[Latent, int | None], Estimator]


class Subject:
    """An estimator under test.

    Raises:
        NotApplicable: the estimator does not exist for this latent.
    """

    def __init__(self, factory: Factory, latent: Latent) -> None:
        self.factory = factory
        self.latent = latent
        self.fresh = self.build()
        self._samples: dict[Problem, dict[str, Sample]] = {}

    def build(self, context_size: int | None = CONTEXT_SIZE, latent: Latent | None = None) -> Estimator:
        """A new estimator in float64 and in evaluation mode, with the same initial parameters each time."""
        with seeded(1):
            estimator = self.factory(latent or self.latent, context_size)
        if not isinstance(estimator, Estimator):
            raise Broken(f"the factory returns a {type(estimator).__name__}, not an estimators.Estimator")
        return estimator.double().eval()

    def problem(self, kind: CostKind | str = "general", shift: float = 0.0) -> OneLayer:
        """The objective that this estimator minimises, for a cost of this kind."""
        if self.fresh.objective == "multi_sample_bound":
            return MultiSampleBound(self.latent, kind, shift, samples=self.fresh.cost_evaluations)
        return OneLayer(self.latent, kind, shift, self.fresh.objective_distribution)

    @cached_property
    def trained(self) -> Estimator:
        """An estimator whose own parameters and running statistics have left their initial values."""
        estimator = self.build()
        problem = self.problem()
        train(estimator, partial(problem.estimate, estimator), problem)
        return estimator

    def sample(self, problem: Problem) -> dict[str, Sample]:
        """Statistics of the trained estimator's draws."""
        if problem not in self._samples:
            self._samples[problem] = sample(self.trained, problem)
        return self._samples[problem]

    @cached_property
    def calls(self) -> RecordedCalls:
        """The evaluations of the cost that one training estimate makes, for a batch of 64."""
        return record(self.build().train(), self.problem(), 64)

    @property
    def relaxes(self) -> bool:
        """Whether the cost never sees a batch of hard codes, so that its parameters are trained on relaxed ones."""
        return not self.calls.hard


class RecordedCalls:
    """A cost that remembers the codes that it was evaluated at."""

    def __init__(self, cost: Cost, batch: tuple[int, ...]) -> None:
        self.cost = cost
        self.batch = batch
        self.codes: list[Tensor] = []
        self.values: list[Tensor] = []
        self.estimate: Estimate | None = None

    def __call__(self, z: Tensor, deeper: Deeper = "sample") -> Tensor | Estimate:
        answer = self.cost(z, deeper)
        self.codes.append(z.detach())
        self.values.append(Estimate.of(answer).value)
        return answer

    @property
    def hard(self) -> list[Tensor]:
        """Costs of the calls in which every code was hard, ``[*samples, *batch]`` each."""
        pairs = zip(self.codes, self.values, strict=True)
        return [value for codes, value in pairs if ((codes == 0) | (codes == 1)).all()]

    def evaluations(self, latent: Latent) -> float:
        """Codes per example."""
        examples = torch.Size(self.batch).numel()
        return sum(codes.numel() for codes in self.codes) / (latent.size * examples)


def record(estimator: Estimator, problem: OneLayer, *batch: int) -> RecordedCalls:
    """One estimate for a batch, with the calls of the cost that it made and their result."""
    parameters = batched(problem.parameters(), *batch)
    recorder = RecordedCalls(problem.cost(parameters), batch)
    q = distribution(problem.latent, parameters["logits"])
    with seeded(3):
        recorder.estimate = estimator(q, recorder, constant_context(*batch))
    return recorder


def train(module: nn.Module, estimate: Callable[[Parameters, Tensor], Estimate], problem: Problem) -> None:
    """Follows the auxiliary of ``estimate`` for 20 steps of Adam and lets running statistics move.

    Args:
        module: the estimator, or all estimators, whose own parameters are trained.
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
