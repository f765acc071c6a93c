"""Inference networks trained by weighted maximum likelihood: the score of each sample times its posterior weight."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from estimators.arguments import positive
from estimators.distributions import Distribution
from estimators.estimator import Cost, Estimate, MultiSampleEstimator, total
from estimators.latents import Latent
from estimators.left_out import LeftOut
from estimators.slopes import gradients


class ReweightedWakeSleep(MultiSampleEstimator):
    """Reweighted wake-sleep, with the wake-phase update of the inference network.

    The cost must be -log p(x, z). With log w_s = log p(x, z_s) - log q(z_s) and v = softmax_s(log w_s),

    g = -sum_s (v_s - 1 / S) s(z_s),

    and the parameters inside the cost get -sum_s v_s grad log p(x, z_s), the gradient of the negative S-sample bound.
    As S grows, the inference network minimises KL(p(z|x) || q), which is not the objective of the bound, so the method
    is compared with others by the bounds that it reaches. A prior that is q itself must be a constant in the cost,
    otherwise q would be trained twice. The term 1 / S, which is not in the papers, has mean zero and removes noise that
    all samples share.

    Bornschein & Bengio 2015, *Reweighted wake-sleep*; Le, Kosiorek, Siddharth, Teh & Wood 2019, *Revisiting reweighted
    wake-sleep for models with stochastic control flow*. S evaluations of the cost.

    Args:
        samples: S, at least 2.
    """

    unbiased = False
    hard_codes = True
    label = "Reweighted wake-sleep"
    short_label = "RWS"
    citation = "Bornschein & Bengio 2015; Le, Kosiorek, Siddharth, Teh & Wood 2019"
    objective = "multi_sample_bound"
    inference_network = True

    def __init__(self, latent: Latent, context_size: int | None = None, samples: int = 8) -> None:
        super().__init__(latent, context_size, samples)

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        z = q.sample(self.samples)
        at_z = Estimate.of(cost(z))
        log_prob = q.log_prob(z)
        log_weights = -at_z.value - log_prob.detach()
        signal, own = self.signal(log_weights)
        surrogate = (torch.softmax(log_weights, dim=0) * at_z.surrogate - signal * log_prob).sum(0)
        bound = torch.logsumexp(log_weights, dim=0) - math.log(self.samples)
        return Estimate(surrogate, -bound, total([own, at_z.auxiliary]))

    def signal(self, log_weights: Tensor) -> tuple[Tensor, Tensor | None]:
        """The weights of the scores, constants ``[S, *batch]``, and the objective of the estimator's own parameters."""
        return torch.softmax(log_weights, dim=0) - 1 / self.samples, None


class DAPS(ReweightedWakeSleep):
    """Reweighted wake-sleep with tempered weights, at the temperature that keeps half of the samples effective.

    v = softmax_s(log w_s / (1 + eta)),  g = -(1 + eta) sum_s (v_s - 1 / S) s(z_s),

    which is reweighted wake-sleep for eta = 0 and tends to (S - 1) / S times the gradient of the negative ELBO as eta
    tends to infinity. eta is learned: it minimises (ESS - S / 2)^2, with the effective sample size ESS the mean of
    1 / sum_s v_s^2 over the batch. The parameters inside the cost follow the S-sample bound here, and the mean over the
    samples in the paper.

    Drolet, Al-Hafez, Bhatt, Peters & Arenz 2026, *Discrete variational autoencoding via policy search*, which aims at
    an ESS from S / 4 to 3 S / 4 and has neither the factor 1 + eta nor the term 1 / S. S evaluations of the cost.

    Args:
        samples: S, at least 2.
        eta: initial value, > 0.
    """

    citation = "Drolet, Al-Hafez, Bhatt, Peters & Arenz 2026"

    def __init__(self, latent: Latent, context_size: int | None = None, samples: int = 8, eta: float = 1.0) -> None:
        super().__init__(latent, context_size, samples)
        self.left_out = LeftOut()
        self.log_eta = nn.Parameter(torch.tensor(math.log(positive(eta=eta))))

    def signal(self, log_weights: Tensor) -> tuple[Tensor, Tensor | None]:
        def far_from_half(own: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
            weights = torch.softmax(log_weights / (1 + own["log_eta"].exp()), dim=0)
            effective = weights.square().sum(0).reciprocal().mean()
            return (effective - self.samples / 2).square(), weights

        own = {"log_eta": self.log_eta}
        heat = 1 + self.log_eta.detach().exp()
        if not self.training:
            return heat * (torch.softmax(log_weights / heat, dim=0) - 1 / self.samples), None
        slopes, weights = gradients(far_from_half, own)
        slope = slopes["log_eta"]
        auxiliary = self.log_eta * slope.masked_fill(self.left_out.rejects(slope + weights.mean()), 0.0)
        return heat * (weights - 1 / self.samples), auxiliary
