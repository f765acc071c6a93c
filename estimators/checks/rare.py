"""Logits for which some classes are so rare that only importance sampling draws them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from estimators.checks.problems import OneLayer, Parameters, distribution
from estimators.checks.recorded import is_hard
from estimators.checks.result import Measured, Skip, causes
from estimators.checks.sampling import ROUNDING, SIGMA, Sample, batched, constant_context, gradients, seeded
from estimators.checks.subject import Subject
from estimators.checks.tilted import Tilted
from estimators.estimator import Cost, Deeper, Estimate
from estimators.latents import Latent

ROWS = 12_007
"""A prime, so that no other dimension of a draw has this size."""
CALLS = 7
ENOUGH = 100.0
"""Least number of draws for the mean of a coordinate to be tested, see :func:`weighted_draws`."""
CONFIDENT: dict[Latent, tuple[float, ...]] = {
    Latent("bernoulli", 3): (-20.0, 9.0, -5.0),
    Latent("bernoulli", 1): (-9.0,),
    Latent("categorical", 2, k=3): (0.0, -5.0, -20.0, 9.0, 0.5, 0.0),
    Latent("categorical", 1, k=4): (0.0, -5.0, -20.0, 1.0),
}
"""Logits by layer, the larger layer first within each family."""


@causes(
    "logits or probabilities are clamped",
    "an epsilon in a logarithm, a denominator or the noise is larger than the probability next to it",
)
def rare_classes(subject: Subject) -> Measured:
    """The mean gradient is exact for logits of up to 20, including that of classes with a probability of 2e-9."""
    kind = subject.claimed()
    confident = next((each for each in (subject.accepted(latent) for latent in of_family(subject)) if each), None)
    if confident is None:
        raise Skip("no small layer is accepted")
    problem = centred_problem(confident, kind)
    with seeded(63):
        draws, weights, enough = weighted_draws(confident, problem)
    exact = problem.exact_gradient()["logits"].flatten()
    weighted = draws * weights[:, None]
    found = Sample.of(weighted)
    judged = enough & (effective(weighted) >= ENOUGH)
    if not judged.any():
        raise Skip("too few draws of every rare class: the estimator's noise cannot be tilted")
    floor = ROUNDING * (1 + exact.abs().max()) / SIGMA
    z = (found.mean - exact).abs() / (found.standard_error + floor)
    place = int(torch.where(judged, z, 0).argmax())
    details = (
        f"expected {exact[place]:.3g} for the logit {problem.at[place]:g}, "  # type: ignore[index]
        f"got {found.mean[place]:.3g} +- {found.standard_error[place]:.1g}; "
        f"{int(judged.sum())} of {len(exact)} logits had enough draws"
    )
    what = "gradient of the logits of rare classes, max |z|"
    return Measured(what, z[place].item(), SIGMA, details, problem=str(problem))


def centred_problem(subject: Subject, kind: str) -> OneLayer:
    """The problem with a mean cost of 0, so that the frequent classes add little noise."""
    at = CONFIDENT[subject.latent]
    problem = subject.problem(kind, at=at)
    return subject.problem(kind, shift=-problem.expected(problem.parameters()).item(), at=at)


def of_family(subject: Subject) -> list[Latent]:
    return [latent for latent in CONFIDENT if latent.family == subject.latent.family]


def effective(draws: Tensor) -> Tensor:
    """Effective number of draws behind a coordinate's variance: all when they are of similar size, few when few are
    large."""
    squares = (draws - draws.mean(0)).square()
    fourth = squares.square().sum(0)
    return torch.where(fourth > 0, squares.sum(0).square() / fourth.clamp(min=1e-300), float(len(draws)))


def weighted_draws(subject: Subject, problem: OneLayer) -> tuple[Tensor, Tensor, Tensor]:
    """Gradients ``[rows, numbers]``, their weights ``[rows]``, and for which elements of a code there are enough draws.

    An element whose rare value was never drawn counts as well if all of the estimator's random numbers were tilted and
    enough of them were so extreme that correct sampling would have drawn it: then it is not missing by chance.
    """
    counter = Tilted(ROWS)
    one_call(subject, problem, counter)
    found = [one_call(subject, problem, Tilted(ROWS, max(counter.drawn, 1))) for _ in range(CALLS)]
    draws, weights = (torch.cat([each[i] for each in found]) for i in (0, 1))
    seen = torch.stack([each[2] for each in found]).sum(0)
    prob = distribution(problem.latent, problem.parameters()["logits"]).mean.flatten()
    due = CALLS * counter.due(torch.minimum(prob, 1 - prob)) * counter.everything
    return draws, weights, (seen >= ENOUGH) | (seen == 0) & (due >= ENOUGH)


def one_call(subject: Subject, problem: OneLayer, tilted: Tilted) -> tuple[Tensor, Tensor, Tensor]:
    """Gradients, their weights, and for each element of a code the number of draws with its rarer value."""
    parameters: Parameters = batched(problem.parameters(), ROWS)
    watched = Watched(problem.cost(parameters), problem.latent)
    q = distribution(problem.latent, parameters["logits"])
    estimator, context = subject.trained, constant_context(ROWS)
    with tilted:
        estimate = estimator(q, watched, context)
    return gradients(estimate, parameters)["logits"].flatten(1), tilted.weight, watched.seen


@dataclass
class Watched:
    """A cost that counts, for each element of a code, the examples in which it was 0 and in which it was 1."""

    cost: Cost
    latent: Latent

    def __post_init__(self) -> None:
        self.hard = False
        self.ones = self.zeros = torch.zeros(self.latent.size)

    def __call__(self, z: Tensor, deeper: Deeper = "sample") -> Tensor | Estimate:
        if is_hard(z):
            self.hard = True
            codes = self.latent.flatten(z.detach().round()).reshape(-1, ROWS, self.latent.size)
            self.ones = self.ones + codes.amax(0).sum(0)
            self.zeros = self.zeros + (1 - codes.amin(0)).sum(0)
        return self.cost(z, deeper)

    @property
    def seen(self) -> Tensor:
        """Count of the rarer value, per element; infinite if no codes were hard."""
        return torch.minimum(self.ones, self.zeros) if self.hard else torch.full((self.latent.size,), torch.inf)
