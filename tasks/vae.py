"""Variational autoencoders with one stochastic layer of discrete variables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn

from estimators import Deeper, Distribution, Estimate, Estimator, Latent
from tasks.batches import Batch
from tasks.likelihoods import bernoulli_negative_log_likelihood
from tasks.networks import mlp, set_output_bias
from tasks.task import Task


class VAE(Task):
    """A VAE with a factorised discrete posterior q(z|x), prior p(z) and Bernoulli pixels p(x|z).

    loss = E_q[-log p(x|z)] + KL(q(z|x) || p(z)),

    linear maps on both sides when there are no hidden layers, as in Jang, Gu & Poole 2017, section 4.2. The encoder's
    input is centred at the training mean, and the output bias starts at its logits.

    Args:
        latent: the stochastic layer.
        pixel_mean: training mean of the pixels, ``[pixels]`` in [0, 1].
        hidden: units of the encoder's hidden layers; the decoder mirrors them.
        prior: "learned" logits, shared by all examples, or "uniform".
        kl: "analytic", a closed form outside the estimator, or "sampled", at the sampled code as part of the cost.
    """

    def __init__(
        self,
        latent: Latent,
        pixel_mean: Tensor,
        hidden: Sequence[int] = (),
        prior: Literal["learned", "uniform"] = "learned",
        kl: Literal["analytic", "sampled"] = "analytic",
    ) -> None:
        super().__init__()
        if prior not in ("learned", "uniform"):
            raise ValueError(f"task.prior={prior!r}: choose one of learned, uniform")
        if kl not in ("analytic", "sampled"):
            raise ValueError(f"task.kl={kl!r}: choose one of analytic, sampled")
        if any(units < 1 for units in hidden):
            raise ValueError(f"task.hidden={list(hidden)}: every hidden layer needs at least 1 unit")
        pixels = len(pixel_mean)
        self.latent = latent
        self.latents = (latent,)
        self.context_sizes = (pixels,)
        self.kl = kl
        self.register_buffer("pixel_mean", pixel_mean)
        self.encoder = mlp([pixels, *hidden, latent.size])
        self.decoder = mlp([latent.size, *reversed(hidden), pixels])
        self.prior_logits = nn.Parameter(torch.zeros(latent.size), requires_grad=prior == "learned")
        set_output_bias(self.decoder, torch.logit(pixel_mean.clamp(1e-3, 1 - 1e-3)))

    pixel_mean: Tensor

    @property
    def prior(self) -> Distribution:
        return self.latent(self.prior_logits)

    def posterior(self, x: Tensor) -> Distribution:
        """q(z|x) for pictures ``[B, pixels]``."""
        return self.latent(self.encoder(x - self.pixel_mean))

    def decode(self, z: Tensor) -> Tensor:
        """Logits of the pixels ``[..., pixels]`` for codes ``[..., n(, k)]``."""
        return self.decoder(self.latent.flatten(z))

    def loss(self, batch: Batch, estimators: Sequence[Estimator]) -> Estimate:
        (estimator,) = estimators
        q = self.posterior(batch.x)
        context = batch.x - self.pixel_mean

        def reconstruction(z: Tensor, deeper: Deeper = "sample") -> Tensor:
            return bernoulli_negative_log_likelihood(self.decode(z), batch.x)

        def negative_log_joint(z: Tensor, deeper: Deeper = "sample") -> Tensor:
            return reconstruction(z) - self.prior.log_prob(z)

        def negative_sampled_elbo(z: Tensor, deeper: Deeper = "sample") -> Tensor:
            # The derivative of log q in its own logits has expectation 0, so it is left out of the cost.
            return negative_log_joint(z) + q.detach().log_prob(z)

        if estimator.objective == "multi_sample_bound":
            return estimator(q, negative_log_joint, context)
        if self.kl == "sampled":
            return estimator(q, negative_sampled_elbo, context)
        return estimator(q, reconstruction, context).plus_kl(q, self.prior)

    def log_weights(self, batch: Batch, samples: int) -> Tensor:
        q = self.posterior(batch.x)
        z = q.sample(samples)
        log_likelihood = -bernoulli_negative_log_likelihood(self.decode(z), batch.x)
        return log_likelihood + self.prior.log_prob(z) - q.log_prob(z)

    def samples(self, n: int) -> Tensor:
        return torch.sigmoid(self.decode(self.prior.sample(n)))

    def reconstruct(self, batch: Batch) -> Tensor:
        return torch.sigmoid(self.decode(self.posterior(batch.x).sample()))
