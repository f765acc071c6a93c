"""The score of a VAE at relaxed codes, which is no bound, instead of at discrete samples.

    python -m runners.run -m task=vae_bernoulli,vae_categorical \\
        task._target_=examples.scored_at_relaxed_codes.ScoredAtRelaxedCodes \\
        data=mnist estimator=gumbel_softmax optimizer.lr=1e-2 runner.steps=10000 runner.evaluate_every=2500 \\
        runner.bound_samples=1000 output=outputs/scored_at_relaxed_codes

A task of one's own that answers a question: how much lower a model scores if its test forgets to sample.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor

from tasks.batches import Batch
from tasks.vae import VAE


class ScoredAtRelaxedCodes(VAE):
    """A VAE of one layer whose "bounds" are computed from Gumbel-Softmax samples y of the posterior.

    log w = log p(x|y) + <y, log p> - <y, log q>: the log-probabilities of codes, extended linearly to relaxed ones, as
    a program does that passes y where z belongs. A relaxed code carries more information about x than the KL to the
    prior accounts for, so the mean of w is no lower bound of p(x). Training is that of the VAE.

    Args:
        score_temperature: temperature of y; at 0 it would be a sample.
        kwargs: those of :class:`tasks.vae.VAE`.
    """

    def __init__(self, *args: Any, score_temperature: float = 0.5, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(self.latents) > 1:
            raise ValueError(f"layers={len(self.latents)}: one layer can be scored at relaxed codes")
        self.score_temperature = score_temperature

    def log_weights(self, batch: Batch, samples: int) -> Tensor:
        q = self.posterior(batch.x)
        y = q.relax(q.noise(samples), self.score_temperature)
        pixels = self.decoders[0](self.latent.flatten(y))
        return self.prior.log_prob(y) - q.log_prob(y) - self.reconstruction.cost(pixels, batch.x)
