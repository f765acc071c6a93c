"""An autoencoder with one categorical variable of very many classes."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from estimators import Deeper, Distribution, Estimate, Estimator, Latent
from tasks.batches import Batch
from tasks.networks import mlp, set_output_bias
from tasks.reconstruction import BERNOULLI, Reconstruction
from tasks.task import Task


class EmbeddingVAE(Task):
    """A VAE whose code is a row of a table: one categorical variable z of k classes, p(z) uniform.

    logits = A tanh(W x + w) + a,    x ~ p(x | decoder(E_z)),    loss = E_q[-log p(x|z)] + KL(q(z|x) || p(z)),

    with tables A and E of k rows. The model size grows with k times ``features``, not with k times the number of
    pixels, so k can be a million. The row E_z is looked up if the estimator's codes are hard and not differentiated
    (``Estimator.hard_codes``); otherwise it is the product of the code and the table.

    Args:
        latent: the code, one categorical variable.
        pixel_mean: training mean of the pixels, ``[pixels]`` in [0, 1].
        features: number of columns of each table.
        reconstruction: the reconstruction cost, in place of -log p(x|z).
    """

    def __init__(
        self, latent: Latent, pixel_mean: Tensor, features: int = 32, reconstruction: Reconstruction = BERNOULLI
    ) -> None:
        super().__init__()
        if latent.family != "categorical" or latent.n != 1:
            raise ValueError(f"latent={latent}: the code is one categorical variable, family=categorical and n=1")
        if features < 1:
            raise ValueError(f"features={features}: at least 1 is needed")
        self.latent = latent
        self.latents = (latent,)
        self.context_sizes = (len(pixel_mean),)
        self.reconstruction = reconstruction
        self.encoder = nn.Sequential(mlp([len(pixel_mean), features], "tanh"), nn.Tanh())
        self.scores_of_classes = nn.Linear(features, latent.k)
        self.table = nn.Parameter(torch.randn(latent.k, features))
        self.decoder = mlp([features, features, len(pixel_mean)])
        set_output_bias(self.decoder, reconstruction.start(pixel_mean))
        self.register_buffer("pixel_mean", pixel_mean)

    pixel_mean: Tensor

    @property
    def prior(self) -> Distribution:
        """p(z), uniform."""
        return self.latent(self.pixel_mean.new_zeros(self.latent.k))

    def posterior(self, x: Tensor) -> Distribution:
        """q(z|x) for images ``[B, pixels]``."""
        return self.latent(self.scores_of_classes(self.encoder(x - self.pixel_mean)))

    def product(self, z: Tensor) -> Tensor:
        """The decoder's output for hard or relaxed codes ``[..., 1, k]``: ``[..., pixels]``."""
        return self.decoder(z.squeeze(-2) @ self.table)

    def lookup(self, z: Tensor) -> Tensor:
        """The same for hard codes, whose rows are looked up, without a gradient for the codes."""
        return self.decoder(F.embedding(z.squeeze(-2).argmax(-1), self.table))

    def expected_loss(self, batch: Batch, estimators: Sequence[Estimator]) -> Estimate:
        (estimator,) = estimators
        context = batch.x - self.pixel_mean
        q = self.latent(self.scores_of_classes(self.encoder(context)))

        def cost(z: Tensor, deeper: Deeper = "sample") -> Tensor:
            decode = self.lookup if estimator.hard_codes and deeper == "sample" else self.product
            return self.reconstruction.cost(decode(z), batch.x)

        return estimator(q, cost, context).plus_kl(q, self.prior)

    def multi_sample_loss(self, batch: Batch, estimator: Estimator) -> Estimate:
        decode = self.lookup if estimator.hard_codes else self.product

        def negative_log_joint(z: Tensor, deeper: Deeper = "sample") -> Tensor:
            return self.reconstruction.cost(decode(z), batch.x) - self.prior.log_prob(z)

        return estimator(self.posterior(batch.x), negative_log_joint, batch.x - self.pixel_mean)

    def log_weights(self, batch: Batch, samples: int) -> Tensor:
        q = self.posterior(batch.x)
        z = q.sample(samples)
        return self.prior.log_prob(z) - q.log_prob(z) - self.reconstruction.cost_in_place(self.lookup(z), batch.x)

    def gallery(self, batch: Batch, n: int) -> dict[str, Tensor]:
        originals = batch.x[: n // 2]
        pairs = torch.stack([originals, self.image(self.posterior(originals).sample())], dim=1)
        return {"samples": self.image(self.prior.sample(n)), "reconstructions": pairs.flatten(0, 1)}

    def image(self, z: Tensor) -> Tensor:
        """Images ``[..., pixels]`` in [0, 1] for hard codes."""
        return self.reconstruction.image(self.lookup(z))
