"""The distributions of one stochastic layer, and all the noise that estimators draw from them.

Notation, the same in every file: ``*batch`` are the leading dimensions of the logits, ``n`` is the number of variables
of the layer, ``k`` the number of classes of a variable, and ``*samples`` are extra leading dimensions of a draw. A
latent code z has shape ``[*samples, *batch, n]`` (Bernoulli, 0 or 1) or ``[*samples, *batch, n, k]`` (categorical,
one-hot).

Logits are the only parameters, and everything is computed in log-space, in at least float32. A class, or a value of a
bit, whose logit is -inf (+inf for the value 0 of a bit), or the lowest number of float32 or bfloat16, is excluded: all
results are those of the distribution without it, and its logit gets gradient 0. With finite logits up to 1e7 in
magnitude, results agree with float64 within the resolution of float32 at the largest of them.

A NaN among a variable's logits makes all its results NaN; a +inf among the logits of classes makes them NaN or that
class certain. A variable all of whose classes are excluded counts as uniform and gets no gradient. None of this is
checked, because a check would synchronise with the GPU at each step.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Self

import torch
from torch import Tensor

from estimators.cached import cached_property
from estimators.logits import bounded


class Distribution(ABC):
    """A factorised discrete distribution over the ``n`` variables of a layer, for every example of a batch.

    Logits are passed by keyword, so that nobody passes probabilities by mistake. ``from_torch`` converts a
    distribution of PyTorch.
    """

    family: ClassVar[str]
    event_dims: ClassVar[int]

    def __init__(self, *, logits: Tensor) -> None:
        self.logits = bounded(logits)

    def at(self, logits: Tensor) -> Self:
        """A distribution of this family whose logits were computed from bounded ones and need no bounding again."""
        other = object.__new__(type(self))
        other.logits = logits
        return other

    @property
    def batch_shape(self) -> torch.Size:
        """``*batch``: one distribution per example."""
        return self.logits.shape[: -self.event_dims]

    @property
    def event_shape(self) -> torch.Size:
        """Shape of the code of one example: ``[n]`` or ``[n, k]``."""
        return self.logits.shape[-self.event_dims :]

    def detach(self) -> Self:
        """The same distribution, detached from the graph that computed its logits."""
        return self.at(self.logits.detach())

    def scale_gradient(self, factor: Tensor) -> Self:
        """The same distribution, whose logits receive ``factor`` times the gradient; ``factor`` is a constant."""
        constant = self.logits.detach()
        return self.at(constant + factor * (self.logits - constant))

    def sum_event(self, x: Tensor) -> Tensor:
        """Sum over the dimensions of one code: ``[..., n(, k)] -> [...]``."""
        return x.sum(dim=tuple(range(-self.event_dims, 0)))

    def linear(self, gradient: Tensor) -> Tensor:
        """A function of the logits, ``[*batch]``, whose gradient is the constant ``gradient``, ``[*batch, n(, k)]``."""
        return self.sum_event(self.logits * gradient.detach())

    @abstractmethod
    def tangent(self, prob: Tensor) -> Tensor:
        """A linear function of the logits whose Jacobian is that of the probabilities at the constant ``prob``.

        The Jacobian is D_p = diag(p) - p p^T per categorical variable and p (1 - p) per bit; the result has the shape
        of ``prob``.
        """

    @abstractmethod
    def sum_classes(self, x: Tensor) -> Tensor:
        """Sum over the classes of each variable: ``[..., n, k] -> [..., n, 1]``; ``[..., n]`` stays as it is."""

    def samples_of(self, z: Tensor) -> torch.Size:
        """The leading sample dimensions of a code."""
        return z.shape[: z.ndim - self.logits.ndim]

    @property
    def uniform_dtype(self) -> torch.dtype:
        """Precision of :meth:`uniform`, whose grid is 2^-24 in float32 and 2^-53 in float64."""
        return self.logits.dtype

    def uniform(self, *samples: int) -> Tensor:
        """Uniform draws of the shape of a code, strictly between 0 and 1."""
        u = torch.rand(*samples, *self.logits.shape, dtype=self.uniform_dtype, device=self.logits.device)
        return u.clamp_min_(torch.finfo(u.dtype).eps / 4)  # rand includes 0, but not 1

    @abstractmethod
    def sample(self, *samples: int) -> Tensor:
        """Hard codes ``[*samples, *batch, n(, k)]``; no gradient flows through them.

        Drawn from one uniform number per variable, with fewer operations than by adding :meth:`noise` to the logits.
        """

    @cached_property
    @abstractmethod
    def log_mean(self) -> Tensor:
        """Logarithm of :attr:`mean`, finite: ``[*batch, n(, k)]``."""

    @cached_property
    @abstractmethod
    def mean(self) -> Tensor:
        """Probability that each element of a code is 1: ``[*batch, n(, k)]``."""

    @abstractmethod
    def noise(self, *samples: int) -> Tensor:
        """The noise that determines a sample when added to the logits: ``[*samples, *batch, n(, k)]``."""

    @abstractmethod
    def conditional_noise(self, z: Tensor, uniform: Tensor | None = None) -> Tensor:
        """A draw of the noise given that it led to the hard code ``z``; differentiable in the logits.

        ``uniform``, of the shape of ``z``, holds the uniform numbers to use, for when the same draw is needed again.
        The formulas for logits + noise are those of Tucker et al. 2017 (REBAR); for both families in Grathwohl et al.
        2018 (RELAX), appendix B.
        """

    @abstractmethod
    def hard(self, noise: Tensor) -> Tensor:
        """The hard code that this noise determines, without gradient."""

    @abstractmethod
    def relax(self, noise: Tensor, temperature: Tensor | float) -> Tensor:
        """The relaxed code at this noise, a point of the cube or of the simplex; differentiable in the logits.

        Jang, Gu & Poole 2017, section 2; Maddison, Mnih & Teh 2017, section 3.
        """

    @abstractmethod
    def relaxed_log_density(self, z: Tensor, temperature: Tensor | float) -> Tensor:
        """Log-density ``[..., *batch]`` of the relaxed code ``z``.

        Maddison, Mnih & Teh 2017, definition 1, and for bits the binary special case in their appendix.
        Elements that rounding has moved to 0 or 1 are replaced by the nearest number inside the interval.
        """

    @abstractmethod
    def log_prob(self, z: Tensor) -> Tensor:
        """Log-probability, nats: ``[*samples, *batch]``. Linear in ``z``, so it also accepts relaxed codes.

        -inf, without gradient, for a code with an excluded value.
        """

    @abstractmethod
    def entropy(self) -> Tensor:
        """Entropy, nats: ``[*batch]``."""

    @abstractmethod
    def kl(self, prior: Distribution) -> Tensor:
        """KL(self || prior), nats: ``[*batch]``; the logits of the two broadcast.

        +inf where the prior excludes a value that has positive probability here.
        """

    @abstractmethod
    def support(self) -> Tensor:
        """Every code of one example: ``[k ** n, n(, k)]``."""

    @abstractmethod
    def to_torch(self) -> torch.distributions.Independent:
        """The same distribution in PyTorch, over the same codes; gradients flow to the same logits."""


def every_choice(n: int, k: int, device: torch.device) -> Tensor:
    """All vectors of ``n`` class indices, the last index changing fastest: ``[k ** n, n]``."""
    places = torch.full((n,), k, device=device).pow(torch.arange(n - 1, -1, -1, device=device))
    return torch.arange(k**n, device=device).unsqueeze(-1) // places % k
