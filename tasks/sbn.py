"""Structured output prediction: one half of an image from the other, with a stochastic feed-forward network."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from estimators import Deeper, Distribution, Estimate, Estimator, Latent
from tasks.batches import Batch
from tasks.hard_codes import of_code
from tasks.layers import Chain, expected_cost, log_prior_of_itself, require_possible
from tasks.networks import mlp, set_output_bias
from tasks.reconstruction import BERNOULLI, Reconstruction
from tasks.task import Task


class SBN(Task):
    """A sigmoid belief network that predicts the lower half y of an image from its upper half x.

    loss = E_{q(z_1|x) q(z_2|z_1) ...}[-log p(y|z_L)],

    the single-sample objective of Jang, Gu & Poole 2017, section 4.1; with L = 2 and linear maps between the layers it
    is their 392-200-200-392 or 392-(20x10)-(20x10)-392 network, after Raiko et al. 2015. The layers are sampled from
    the model itself, so there is no KL, and the m-sample bound on log p(y|x) is log 1/m sum_s p(y|z_s). The input is
    centred at the training mean, and the output starts at it.

    Args:
        latent: the shape of every stochastic layer.
        pixel_mean: training mean of the pixels, ``[pixels]`` in [0, 1]; the upper half comes first.
        layers: L, the number of stochastic layers, from 1 to 50.
        hidden: units of the hidden layers of each map between stochastic layers.
        activation: activation of those units.
        reconstruction: the reconstruction cost, in place of -log p(y|z_L).
    """

    def __init__(
        self,
        latent: Latent,
        pixel_mean: Tensor,
        layers: int = 2,
        hidden: Sequence[int] = (),
        activation: str = "leaky_relu",
        reconstruction: Reconstruction = BERNOULLI,
    ) -> None:
        super().__init__()
        require_possible(layers)
        self.latent = latent
        self.latents = (latent,) * layers
        self.upper = len(pixel_mean) // 2
        self.context_sizes = [self.upper, *[latent.size] * (layers - 1)]
        self.reconstruction = reconstruction
        self.register_buffer("pixel_mean", pixel_mean)
        self.maps = nn.ModuleList(mlp([size, *hidden, latent.size], activation) for size in self.context_sizes)
        self.output = mlp([latent.size, *hidden, len(pixel_mean) - self.upper], activation)
        set_output_bias(self.output, reconstruction.start(pixel_mean[self.upper :]))

    pixel_mean: Tensor

    def context(self, below: Tensor, layer: int) -> Tensor:
        """A layer's input, ``[..., context_sizes[layer]]``, from whole images or the code of the previous layer."""
        return self.latent.flatten(below) if layer else below[..., : self.upper] - self.pixel_mean[: self.upper]

    def hidden_layer(self, below: Tensor, layer: int = 0) -> Distribution:
        """q(z_{l+1} | z_l) for ``layer`` l, from 0, given z_l; for the first, given whole images ``[B, pixels]``."""
        if layer == 0:
            return self.latent(self.maps[0](self.context(below, 0)))
        return self.latent(of_code(self.maps[layer], self.latent, below))

    def predict(self, z: Tensor) -> Tensor:
        """The network's output for the lower half, ``[..., lower pixels]``, from codes of the last layer."""
        return of_code(self.output, self.latent, z)

    def energy(self, x: Tensor, z: Tensor) -> Tensor:
        """-log p(y | z_L), nats ``[...]``, for whole images and codes of the last layer."""
        return self.reconstruction.cost(self.predict(z), x[..., self.upper :])

    def expected_loss(self, batch: Batch, estimators: Sequence[Estimator]) -> Estimate:
        return Estimate.of(self.layer_loss(0, batch.x, batch.x, estimators))

    def layer_loss(
        self, layer: int, below: Tensor, x: Tensor, estimators: Sequence[Estimator], deeper: Deeper = "sample"
    ) -> Tensor | Estimate:
        """Expected energy of a layer and the following ones, ``[*samples, B]``, given its input ``below``.

        ``deeper`` says how the layer is evaluated inside the cost of another layer.
        """

        def cost(z: Tensor, deeper: Deeper = "sample") -> Tensor | Estimate:
            if layer + 1 < len(self.latents):
                return self.layer_loss(layer + 1, z, x, estimators, deeper)
            return self.energy(x, z)

        context = self.context(below, layer)
        q = self.latent(self.maps[layer](context))
        return expected_cost(estimators[layer], q, cost, context, deeper)

    def multi_sample_loss(self, batch: Batch, estimator: Estimator) -> Estimate:
        x = batch.x
        chain = Chain(self.hidden_layer(x), self.hidden_layer, len(self.latents))

        def negative_log_joint(z: Tensor, deeper: Deeper = "sample") -> Tensor:
            return self.energy(x, z[..., -1]) - log_prior_of_itself(chain, z, estimator)

        return estimator(chain.as_distribution(), negative_log_joint, self.context(x, 0))

    def last_code(self, x: Tensor, samples: int) -> Tensor:
        """Codes of the last layer, ``[samples, B, n(, k)]``."""
        z = self.hidden_layer(x).sample(samples)
        for layer in range(1, len(self.latents)):
            z = self.hidden_layer(z, layer).sample()
        return z

    def log_weights(self, batch: Batch, samples: int) -> Tensor:
        output = self.predict(self.last_code(batch.x, samples))
        return -self.reconstruction.cost_in_place(output, batch.x[:, self.upper :])

    def complete(self, x: Tensor, samples: int) -> Tensor:
        """Images ``[samples, B, pixels]`` with the upper half of x and a predicted lower half."""
        lower = self.reconstruction.image(self.predict(self.last_code(x, samples)))
        return torch.cat([x[:, : self.upper].expand(samples, -1, -1), lower], dim=-1)

    def gallery(self, batch: Batch, n: int) -> dict[str, Tensor]:
        """Two images, each followed by completions of its upper half."""
        each = n // 2
        x = batch.x[:2]
        strips = torch.cat([x[None], self.complete(x, each - 1)])
        return {"completions": strips.transpose(0, 1).flatten(0, 1)}
