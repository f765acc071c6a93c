"""The distributions of one stochastic layer, and all the noise that estimators draw from them.

Notation, the same in every file: ``*batch`` are the leading dimensions of the logits, ``n`` the variables of the layer,
``k`` the classes of a variable, ``*samples`` extra leading dimensions of a draw. A latent code z has shape
``[*samples, *batch, n]`` (Bernoulli, 0 or 1) or ``[*samples, *batch, n, k]`` (categorical, one-hot).

Logits are the only parameters. Everything is computed in log-space, so values and gradients stay finite for logits of
+-100 in float32.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import ClassVar, Self

import torch
from torch import Tensor
from torch.nn import functional as F

from estimators.cached import cached_property
from estimators.softmax import log_softmax, softmax


class Distribution(ABC):
    """A factorised discrete distribution over the ``n`` variables of a layer, for every example of a batch."""

    family: ClassVar[str]
    event_dims: ClassVar[int]

    def __init__(self, logits: Tensor) -> None:
        self.logits = logits

    @property
    def batch_shape(self) -> torch.Size:
        """``*batch``: one distribution for each example."""
        return self.logits.shape[: -self.event_dims]

    @property
    def event_shape(self) -> torch.Size:
        """Of the code of one example: ``[n]`` or ``[n, k]``."""
        return self.logits.shape[-self.event_dims :]

    def detach(self) -> Self:
        """The same distribution, cut off from the graph that made its logits."""
        return type(self)(self.logits.detach())

    def scale_gradient(self, factor: Tensor) -> Self:
        """The same distribution, whose logits receive ``factor`` times the gradient; ``factor`` is a constant."""
        constant = self.logits.detach()
        return type(self)(constant + factor * (self.logits - constant))

    def sum_event(self, x: Tensor) -> Tensor:
        """Sum over the dimensions of one code: ``[..., n(, k)] -> [...]``."""
        return x.sum(dim=tuple(range(-self.event_dims, 0)))

    def linear(self, gradient: Tensor) -> Tensor:
        """``[*batch]``: a function of the logits whose gradient is ``gradient``, ``[*batch, n(, k)]``, as given."""
        return self.sum_event(self.logits * gradient.detach())

    @abstractmethod
    def tangent(self, prob: Tensor) -> Tensor:
        """A linear function of the logits, of the shape of ``prob``, with the Jacobian of the probabilities at
        ``prob``.

        That is D_p = diag(p) - p p^T per categorical variable and p (1 - p) per bit; ``prob`` is a constant.
        """

    @abstractmethod
    def sum_classes(self, x: Tensor) -> Tensor:
        """Sum over the classes of each variable: ``[..., n, k] -> [..., n, 1]``; ``[..., n]`` stays as it is."""

    def samples_of(self, z: Tensor) -> torch.Size:
        """The leading sample dimensions of a code."""
        return z.shape[: z.ndim - self.logits.ndim]

    def uniform(self, *samples: int, last: int | None = None) -> Tensor:
        """Uniform draws of the shape of a code, strictly inside (0, 1); ``last`` replaces its last dimension."""
        shape = self.logits.shape if last is None else (*self.logits.shape[:-1], last)
        u = torch.rand(*samples, *shape, dtype=self.logits.dtype, device=self.logits.device)
        finest = torch.finfo(u.dtype).eps / 4
        # Not clamp_, which vmap has no batching rule for.
        return u.clamp_min_(finest).clamp_max_(1 - 2 * finest)

    @abstractmethod
    def sample(self, *samples: int) -> Tensor:
        """Hard codes ``[*samples, *batch, n(, k)]``; no gradient flows through them.

        They are drawn from one uniform number a variable, with fewer operations than by way of :meth:`noise`.
        """

    @cached_property
    @abstractmethod
    def mean(self) -> Tensor:
        """Probabilities of a one in each place of a code: ``[*batch, n(, k)]``."""

    @abstractmethod
    def noise(self, *samples: int) -> Tensor:
        """The noise that, added to the logits, decides a sample: ``[*samples, *batch, n(, k)]``."""

    @abstractmethod
    def conditional_noise(self, z: Tensor, uniform: Tensor | None = None) -> Tensor:
        """A draw of the noise given that it led to the hard code ``z``; differentiable in the logits.

        ``uniform`` is what it is made from, of the shape of ``z``, when the same draw is needed again.
        The formulas for logits + noise stand in Tucker et al. 2017 (REBAR), appendix C, for both families.
        """

    @abstractmethod
    def hard(self, noise: Tensor) -> Tensor:
        """The code that this noise decides, without gradient."""

    @abstractmethod
    def relax(self, noise: Tensor, temperature: Tensor | float) -> Tensor:
        """The relaxed code at this noise, a point of the cube or of the simplex; differentiable in the logits.

        Jang, Gu & Poole 2017, section 2; Maddison, Mnih & Teh 2017, section 3.
        """

    @abstractmethod
    def relaxed_log_density(self, z: Tensor, temperature: Tensor | float) -> Tensor:
        """Log-density ``[..., *batch]`` of the relaxed code ``z`` (Maddison, Mnih & Teh 2017, equations 10 and 22)."""

    @abstractmethod
    def log_prob(self, z: Tensor) -> Tensor:
        """Log-probability, nats: ``[*samples, *batch]``. Linear in ``z``, so it also accepts relaxed codes."""

    @abstractmethod
    def entropy(self) -> Tensor:
        """Entropy, nats: ``[*batch]``."""

    @abstractmethod
    def kl(self, prior: Distribution) -> Tensor:
        """KL(self || prior), nats: ``[*batch]``; the logits of the two broadcast."""

    @abstractmethod
    def support(self) -> Tensor:
        """Every code of one example: ``[k ** n, n(, k)]``."""


class Bernoulli(Distribution):
    """``n`` independent bits; logits ``[*batch, n]``. The noise is logistic."""

    family = "bernoulli"
    event_dims = 1

    def tangent(self, prob: Tensor) -> Tensor:
        return (prob * (1 - prob)).detach() * self.logits

    def sum_classes(self, x: Tensor) -> Tensor:
        return x

    @cached_property
    def mean(self) -> Tensor:
        return torch.sigmoid(self.logits)

    def sample(self, *samples: int) -> Tensor:
        return (self.uniform(*samples) < self.mean).to(self.logits.dtype)

    def noise(self, *samples: int) -> Tensor:
        return torch.logit(self.uniform(*samples))

    def conditional_noise(self, z: Tensor, uniform: Tensor | None = None) -> Tensor:
        logistic = torch.logit(self.uniform(*self.samples_of(z)) if uniform is None else uniform)
        above = F.softplus(logistic - F.logsigmoid(-self.logits))
        below = -F.softplus(-logistic - F.logsigmoid(self.logits))
        return torch.where(z > 0.5, above, below) - self.logits

    def hard(self, noise: Tensor) -> Tensor:
        return (self.logits + noise > 0).to(self.logits.dtype)

    def relax(self, noise: Tensor, temperature: Tensor | float) -> Tensor:
        return torch.sigmoid((self.logits + noise) / temperature)

    def relaxed_log_density(self, z: Tensor, temperature: Tensor | float) -> Tensor:
        temperature = torch.as_tensor(temperature, dtype=z.dtype, device=z.device)
        centred = self.logits - temperature * torch.logit(z)
        density = temperature.log() - z.log() - (-z).log1p() + centred - 2 * F.softplus(centred)
        return self.sum_event(density)

    def log_prob(self, z: Tensor) -> Tensor:
        return self.sum_event(z * self.logits) - self.sum_event(F.softplus(self.logits))

    def entropy(self) -> Tensor:
        surprise = self.mean * F.softplus(-self.logits) + torch.sigmoid(-self.logits) * F.softplus(self.logits)
        return self.sum_event(surprise)

    def kl(self, prior: Distribution) -> Tensor:
        log_ratio_of_zeros = F.logsigmoid(-self.logits) - F.logsigmoid(-prior.logits)
        return self.sum_event(self.mean * (self.logits - prior.logits) + log_ratio_of_zeros)

    def support(self) -> Tensor:
        return _every_choice(self.logits.shape[-1], 2, self.logits.device).to(self.logits.dtype)


class Categorical(Distribution):
    """``n`` independent one-hot variables of ``k`` classes; logits ``[*batch, n, k]``. The noise is Gumbel."""

    family = "categorical"
    event_dims = 2

    def tangent(self, prob: Tensor) -> Tensor:
        prob = prob.detach()
        return prob * (self.logits - (prob * self.logits).sum(-1, keepdim=True))

    def sum_classes(self, x: Tensor) -> Tensor:
        return x.sum(-1, keepdim=True)

    @cached_property
    def log_mean(self) -> Tensor:
        """Normalised logits ``[*batch, n, k]``."""
        return log_softmax(self.logits)

    @cached_property
    def mean(self) -> Tensor:
        return self.log_mean.exp()

    def sample(self, *samples: int) -> Tensor:
        below = self.mean.detach().cumsum(-1)[..., :-1]
        chosen = (self.uniform(*samples, last=1) > below).sum(-1, keepdim=True)
        return self.logits.new_zeros(*chosen.shape[:-1], self.logits.shape[-1]).scatter(-1, chosen, 1.0)

    def noise(self, *samples: int) -> Tensor:
        return -torch.log(-torch.log(self.uniform(*samples)))

    def conditional_noise(self, z: Tensor, uniform: Tensor | None = None) -> Tensor:
        uniform = self.uniform(*self.samples_of(z)) if uniform is None else uniform
        log_exponential = torch.log(-torch.log(uniform))
        log_first = (z * log_exponential).sum(-1, keepdim=True)
        later = -torch.logaddexp(log_exponential - self.log_mean, log_first)
        return torch.where(z > 0.5, -log_first, later) - self.log_mean

    def hard(self, noise: Tensor) -> Tensor:
        perturbed = self.logits.detach() + noise
        return torch.zeros_like(perturbed).scatter(-1, perturbed.argmax(-1, keepdim=True), 1.0)

    def relax(self, noise: Tensor, temperature: Tensor | float) -> Tensor:
        return softmax((self.logits + noise) / temperature)

    def relaxed_log_density(self, z: Tensor, temperature: Tensor | float) -> Tensor:
        temperature = torch.as_tensor(temperature, dtype=z.dtype, device=z.device)
        k = z.shape[-1]
        scores = self.logits - temperature * z.log()
        constant = math.lgamma(k) + (k - 1) * temperature.log()
        density = constant + (scores - z.log()).sum(-1) - k * torch.logsumexp(scores, dim=-1)
        return density.sum(-1)

    def log_prob(self, z: Tensor) -> Tensor:
        return self.sum_event(z * self.log_mean)

    def entropy(self) -> Tensor:
        return -self.sum_event(self.mean * self.log_mean)

    def kl(self, prior: Distribution) -> Tensor:
        return self.sum_event(self.mean * (self.log_mean - log_softmax(prior.logits)))

    def support(self) -> Tensor:
        n, k = self.logits.shape[-2:]
        choices = _every_choice(n, k, self.logits.device)
        return self.logits.new_zeros(*choices.shape, k).scatter(-1, choices.unsqueeze(-1), 1.0)


def _every_choice(n: int, k: int, device: torch.device) -> Tensor:
    """All vectors of ``n`` class numbers, the last one changing first: ``[k ** n, n]``."""
    places = k ** torch.arange(n - 1, -1, -1, device=device)
    return torch.arange(k**n, device=device).unsqueeze(-1) // places % k
