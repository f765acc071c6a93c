"""Straight-through estimators whose backward pass goes through a relaxed sample instead of the mean."""

from __future__ import annotations

import torch
from torch import Tensor

from estimators.arguments import at_least, positive
from estimators.bernoulli import Bernoulli
from estimators.distributions import Distribution
from estimators.latents import Latent
from estimators.schedules import Schedule, constant
from estimators.straight_through import HardSampleEstimator, with_path
from estimators.substitution import Substitution


class StraightThroughGumbelSoftmax(Substitution):
    """Straight-through Gumbel-Softmax: hard sample forward, relaxed sample of the same noise backward.

    g = grad <f'(z), softmax((logits + G) / tau)>,  z = argmax(logits + G),  with f'(z) and the noise G constant.

    Jang, Gu & Poole 2017, section 2.2. 1 evaluation of the cost and its gradient.

    Args:
        temperature: tau, a constant or a schedule; see :class:`~estimators.relaxation.GumbelSoftmax` for the paper's.
    """

    label = "ST Gumbel-Softmax"
    short_label = "STGS"
    citation = "Jang, Gu & Poole 2017"
    temperature: Tensor

    def __init__(self, latent: Latent, context_size: int | None = None, temperature: Schedule | float = 1.0) -> None:
        super().__init__(latent, context_size)
        self.register_schedule("temperature", temperature)

    def substitute(self, q: Distribution) -> Tensor:
        noise = q.noise()
        return with_path(q.hard(noise), q.relax(noise, self.scheduled("temperature")))


class DecoupledStraightThroughGumbelSoftmax(Substitution):
    """Straight-through Gumbel-Softmax with separate temperatures for the forward and backward pass.

    g = grad <f'(z), softmax((logits + G) / tau_b)>,  z = argmax(logits / tau_f + G).

    Shah, Yan, Mozer & Liu 2024, *Improving discrete optimisation via decoupled straight-through Gumbel-Softmax*.
    Dividing logits and noise by the same tau_f would not change the argmax, so a forward temperature other than 1
    changes the sampling distribution and with it the objective, E under softmax(logits / tau_f). The default tau_f = 1
    has the objective of the other estimators and is straight-through Gumbel-Softmax at tau_b. A closed-form KL and the
    scores of a task are those of q, not of the distribution that is sampled here.

    Args:
        forward_temperature: tau_f, a constant or a schedule.
        backward_temperature: tau_b, a constant or a schedule.
    """

    label = "Decoupled ST-GS"
    short_label = "DSTGS"
    citation = "Shah, Yan, Mozer & Liu 2024"
    forward_temperature: Tensor
    backward_temperature: Tensor

    def __init__(
        self,
        latent: Latent,
        context_size: int | None = None,
        forward_temperature: Schedule | float = 1.0,
        backward_temperature: Schedule | float = 1.0,
    ) -> None:
        super().__init__(latent, context_size)
        self.register_schedule("forward_temperature", forward_temperature)
        self.register_schedule("backward_temperature", backward_temperature)

    @property
    def same_as(self) -> str | None:
        forward, backward = self.schedules["forward_temperature"], self.schedules["backward_temperature"]
        if not isinstance(forward, constant) or forward.value != 1 or not isinstance(backward, constant):
            return None
        return f"st_gumbel_softmax temperature={backward.value:g}"

    def objective_distribution(self, q: Distribution) -> Distribution:
        return type(q)(logits=q.logits / self.scheduled("forward_temperature"))

    def substitute(self, q: Distribution) -> Tensor:
        noise = q.noise()
        z = self.objective_distribution(q).hard(noise)
        return with_path(z, q.relax(noise, self.scheduled("backward_temperature")))


class GumbelRao(HardSampleEstimator):
    """Gumbel-Rao: straight-through Gumbel-Softmax averaged over noise that leads to the same hard sample.

    g = 1/R sum_r 1/tau D_{p_r}[f'(z)],  p_r = softmax((logits + G_r) / tau),  G_r ~ p(G | z).

    Paulus, Maddison & Krause 2021, *Rao-Blackwellizing the straight-through Gumbel-Softmax gradient estimator*, section
    3. For R = 1 it has the distribution of straight-through Gumbel-Softmax; as tau tends to 0 and R grows, it tends to
    ReinMax at temperature 1. No gradient flows through the conditional noise, as in the paper's equation 7. 1
    evaluation of the cost for any R.

    Args:
        temperature: tau, a constant or a schedule.
        conditional_samples: R; 10, 100 and 1000 in the paper's experiments.
    """

    label = "Gumbel-Rao"
    citation = "Paulus, Maddison & Krause 2021"
    temperature: Tensor

    def __init__(
        self,
        latent: Latent,
        context_size: int | None = None,
        temperature: Schedule | float = 0.5,
        conditional_samples: int = 10,
    ) -> None:
        super().__init__(latent, context_size)
        self.register_schedule("temperature", temperature)
        self.conditional_samples = at_least(1, conditional_samples=conditional_samples)

    def path(self, q: Distribution, z: Tensor) -> Tensor:
        fixed = q.detach()
        noise = fixed.conditional_noise(z.expand(self.conditional_samples, *z.shape))
        temperature = self.scheduled("temperature")
        return q.tangent(fixed.relax(noise, temperature)).mean(0) / temperature


class GappedStraightThrough(HardSampleEstimator):
    """Gapped straight-through: the relaxed sample is built from the hard one, without further noise.

    g = grad <f'(z), softmax((logits + m_1 - m_2) / tau)>, with constants m_1 and m_2: m_1 raises the sampled class to
    the largest logit, m_2 lowers every other class to at least ``gap`` below it.

    Fan, Chi, Rudnicky & Ramadge 2022, *Training discrete deep generative models via gapped straight-through estimator*.

    Args:
        temperature: tau, a constant or a schedule.
        gap: the gap, > 0; 1 in the paper's GST-1.0.
    """

    label = "Gapped ST"
    short_label = "GST"
    citation = "Fan, Chi, Rudnicky & Ramadge 2022"
    temperature: Tensor

    def __init__(
        self,
        latent: Latent,
        context_size: int | None = None,
        temperature: Schedule | float = 1.0,
        gap: float = 1.0,
    ) -> None:
        super().__init__(latent, context_size)
        self.register_schedule("temperature", temperature)
        self.gap = positive(gap=gap)

    def path(self, q: Distribution, z: Tensor) -> Tensor:
        return q.relax(self.moved(q.detach(), z) - q.logits.detach(), self.scheduled("temperature"))

    def moved(self, q: Distribution, z: Tensor) -> Tensor:
        """The logits + m_1 - m_2, of the shape of ``z``."""
        if isinstance(q, Bernoulli):  # two classes with logits (logit, 0)
            return torch.where(z > 0.5, q.logits.clamp(min=self.gap), q.logits.clamp(max=-self.gap))
        highest = q.logits.amax(-1, keepdim=True)
        return torch.where(z > 0.5, highest, torch.minimum(q.logits, highest - self.gap))
