"""Logits for which some classes are so rare that only importance sampling draws them."""

from __future__ import annotations

import torch
from torch import Tensor

from estimators.checks.problems import OneLayer, distribution
from estimators.checks.recorded import record
from estimators.checks.result import Measured, Skip, causes
from estimators.checks.sampling import SIGMA, Sample, gradients, seeded
from estimators.checks.subject import Subject
from estimators.checks.tilted import Tilted
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
    confident = subject.on_first(latent for latent in CONFIDENT if latent.family == subject.latent.family)
    problem = centred_problem(confident)
    with seeded(63):
        draws, weights, enough = weighted_draws(confident, problem)
    exact = problem.exact_gradient()["logits"].flatten()
    weighted = draws * weights[:, None]
    found = Sample.of(weighted)
    judged = enough & (effective(weighted) >= ENOUGH)
    if not judged.any():
        raise Skip("too few draws of every rare class: the estimator's noise cannot be tilted")
    z = found.z_scores(exact)
    place = int(torch.where(judged, z, 0).argmax())
    details = (
        f"expected {exact[place]:.3g} for the logit {problem.at[place]:g}, "  # type: ignore[index]
        f"got {found.mean[place]:.3g} +- {found.standard_error[place]:.1g}; "
        f"{int(judged.sum())} of {len(exact)} logits had enough draws"
    )
    what = "gradient of the logits of rare classes, max |z|"
    return Measured(what, z[place].item(), SIGMA, details, problem=str(problem))


def centred_problem(subject: Subject) -> OneLayer:
    """The problem with a mean cost of 0, so that the frequent classes add little noise."""
    at = CONFIDENT[subject.latent]
    problem = subject.claimed_problem(at=at)
    return subject.claimed_problem(at=at, shift=-problem.expected(problem.parameters()).item())


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
    estimator = subject.trained
    with tilted:
        call = record(estimator, problem, ROWS)
    draws = gradients(call.estimate, call.parameters)["logits"].flatten(1)
    return draws, tilted.weight, rarer(call.hard, problem.latent)


def rarer(codes: list[Tensor], latent: Latent) -> Tensor:
    """For each element of hard codes ``[*samples, rows, n(, k)]``, the number of examples in which it has its rarer
    value; infinite if there are no codes."""
    if not codes:
        return torch.full((latent.size,), torch.inf)
    of_examples = [latent.flatten(each.round()).reshape(-1, ROWS, latent.size) for each in codes]
    ones, zeros = (sum(part.amax(0).sum(0) for part in parts) for parts in (of_examples, [1 - z for z in of_examples]))
    return torch.minimum(torch.as_tensor(ones), torch.as_tensor(zeros))
