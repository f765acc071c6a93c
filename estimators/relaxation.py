"""Continuous relaxations: the sample itself is made differentiable, at a temperature."""

from __future__ import annotations

from torch import Tensor

from estimators.estimator import Cost, Estimate, Estimator
from estimators.latents import Distribution, Latent
from estimators.schedules import Schedule
from estimators.straight_through import with_path


class GumbelSoftmax(Estimator):
    """Gumbel-Softmax, also called the Concrete distribution.

    g = grad f(softmax((logits + G) / tau)),  G ~ Gumbel(0, 1)   (Bernoulli: sigmoid((logits + L) / tau), L logistic).

    The cost sees relaxed codes, so the gradient of its own parameters is that of the relaxed model too, and the
    estimate's value is the relaxed cost. Bias falls and variance grows as tau goes to 0.

    Jang, Gu & Poole 2017, *Categorical reparameterization with Gumbel-Softmax*, section 2; Maddison, Mnih & Teh 2017,
    *The Concrete distribution*, section 3.

    Args:
        temperature: tau as a schedule over steps, or a constant.
    """

    unbiased = False
    citation = "Jang, Gu & Poole 2017; Maddison, Mnih & Teh 2017"
    temperature: Tensor

    def __init__(self, latent: Latent, context_size: int | None = None, temperature: Schedule | float = 1.0) -> None:
        super().__init__(latent, context_size)
        self.register_schedule("temperature", temperature)

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        return Estimate.of(cost(q.relax(q.noise(), self.temperature)))


class StraightThroughGumbelSoftmax(GumbelSoftmax):
    """Straight-through Gumbel-Softmax: hard sample forward, relaxed sample of the same noise backward.

    f is evaluated at argmax(logits + G); g passes through softmax((logits + G) / tau).

    Jang, Gu & Poole 2017, section 2.2.

    Args:
        temperature: tau as a schedule over steps, or a constant.
    """

    citation = "Jang, Gu & Poole 2017"

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        noise = q.noise()
        return Estimate.of(cost(with_path(q.hard(noise), q.relax(noise, self.temperature))))
