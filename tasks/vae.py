"""Variational autoencoders with stochastic layers of discrete variables."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn

from estimators import Deeper, Distribution, Estimate, Estimator, Latent
from tasks.batches import Batch
from tasks.hard_codes import of_code
from tasks.layers import Chain, expected_cost, require_possible
from tasks.networks import InitialWeights, mlp, set_output_bias
from tasks.reconstruction import BERNOULLI, Reconstruction
from tasks.task import Task


class VAE(Task):
    """A VAE with factorised discrete layers, q(z_1|x) q(z_2|z_1) ... and p(z_L) ... p(z_1|z_2) p(x|z_1).

    loss = E_q[-log p(x|z_1) - sum_{l<L} (log p(z_l|z_{l+1}) + H(q(z_l|z_{l-1}))) + KL(q(z_L|z_{L-1}) || p(z_L))],

    with z_0 = x. Without hidden units the maps between layers are linear, as in Jang, Gu & Poole 2017, section 4.2, for
    L = 1, and Tucker et al. 2017 (REBAR), section 5.2, for L = 2.

    Args:
        latent: the shape of every stochastic layer.
        pixel_mean: training mean of the pixels, ``[pixels]`` in [0, 1].
        layers: L, the number of stochastic layers, from 1 to 50.
        hidden: units of the hidden layers of each inference network; the generative networks mirror them.
        activation: activation between the layers of a network, see ``tasks.networks.ACTIVATIONS``.
        prior: prior of the last layer, with "learned" logits shared by all examples, or "uniform".
        kl: "analytic": entropies and the KL of the last layer are in closed form and outside the estimators; "sampled":
            they are evaluated at the sampled codes as part of the cost.
        reconstruction: the reconstruction cost, in place of -log p(x|z_1).
        initial_weights: initial weights of the networks, see ``tasks.networks.InitialWeights``.
        start_at_mean: whether to centre the encoder's input at the training mean and start the decoder's output there.
    """

    version = 2

    def __init__(
        self,
        latent: Latent,
        pixel_mean: Tensor,
        layers: int = 1,
        hidden: Sequence[int] = (),
        activation: str = "leaky_relu",
        prior: Literal["learned", "uniform"] = "learned",
        kl: Literal["analytic", "sampled"] = "analytic",
        reconstruction: Reconstruction = BERNOULLI,
        initial_weights: InitialWeights = "glorot",
        start_at_mean: bool = True,
    ) -> None:
        super().__init__()
        require_possible(layers)
        if prior not in ("learned", "uniform"):
            raise ValueError(f"prior={prior!r}: choose one of learned, uniform")
        if kl not in ("analytic", "sampled"):
            raise ValueError(f"kl={kl!r}: choose one of analytic, sampled")
        self.latent = latent
        self.latents = (latent,) * layers
        sizes = [len(pixel_mean), *[latent.size] * layers]
        self.context_sizes = sizes[:-1]
        self.kl = kl
        self.reconstruction = reconstruction
        self.register_buffer("pixel_mean", pixel_mean if start_at_mean else torch.zeros_like(pixel_mean))
        network = partial(mlp, activation=activation, initial_weights=initial_weights)
        decoders = [network([latent.size, *reversed(hidden), size]) for size in sizes[:-1]]
        if start_at_mean:
            set_output_bias(decoders[0], reconstruction.start(pixel_mean))
        self.encoders = nn.ModuleList(network([size, *hidden, latent.size]) for size in sizes[:-1])
        self.decoders = nn.ModuleList(decoders)
        self.prior_logits = nn.Parameter(torch.zeros(latent.size), requires_grad=prior == "learned")

    pixel_mean: Tensor

    @property
    def prior(self) -> Distribution:
        """p(z_L)."""
        return self.latent(self.prior_logits)

    def context(self, below: Tensor, layer: int) -> Tensor:
        """Input of a layer's inference network, ``[..., context_sizes[layer]]``; ``below`` is x or a code."""
        return self.latent.flatten(below) if layer else below - self.pixel_mean

    def posterior(self, below: Tensor, layer: int = 0) -> Distribution:
        """q(z_{l+1} | z_l) for ``layer`` l, from 0; for the first, ``below`` are images ``[B, pixels]``."""
        if layer == 0:
            return self.latent(self.encoders[0](self.context(below, 0)))
        return self.latent(of_code(self.encoders[layer], self.latent, below))

    def decode(self, z: Tensor, layer: int = 0) -> Tensor:
        """Output of the generative network for a layer's code ``[..., n(, k)]``: flat, for layer 0 for the pixels."""
        return of_code(self.decoders[layer], self.latent, z)

    def energy(self, layer: int, below: Tensor, z: Tensor) -> Tensor:
        """-log p(z_l | z_{l+1}) of a layer's input z_l, x or a code, given its code: nats, ``[...]``."""
        if layer == 0:
            return self.reconstruction.cost(self.decode(z), below)
        return -self.latent(self.decode(z, layer)).log_prob(below)

    def expected_loss(self, batch: Batch, estimators: Sequence[Estimator]) -> Estimate:
        return Estimate.of(self.layer_loss(0, batch.x, estimators))

    def layer_loss(
        self, layer: int, below: Tensor, estimators: Sequence[Estimator], deeper: Deeper = "sample"
    ) -> Tensor | Estimate:
        """The part of the loss of this layer and the following ones, ``[*samples, B]``.

        Args:
            layer: index of the layer, from 0.
            below: input of the layer, x or the code of the previous layer.
            deeper: how the layer is evaluated inside the cost of another layer.
        """
        context = self.context(below, layer)
        q = self.latent(self.encoders[layer](context))
        last = layer == len(self.latents) - 1

        def cost(z: Tensor, deeper: Deeper = "sample") -> Tensor | Estimate:
            here = self.energy(layer, below, z)
            if self.kl == "sampled":
                # At a code drawn from q, the derivative of log q with respect to its logits has expectation 0 and is
                # left out. At a relaxed code it has not, and a control variate needs its own full derivative.
                at = q if deeper == "relaxed" else q.detach()
                here = here + at.log_prob(z) - (self.prior.log_prob(z) if last else 0)
            return here if last else self.layer_loss(layer + 1, z, estimators, deeper) + here

        expected = expected_cost(estimators[layer], q, cost, context, deeper)
        if self.kl == "sampled":
            return expected
        estimate = Estimate.of(expected)
        estimate = estimate.plus_kl(q, self.prior) if last else estimate.minus_entropy(q)
        return estimate if deeper == "sample" else estimate.surrogate

    def multi_sample_loss(self, batch: Batch, estimator: Estimator) -> Estimate:
        x = batch.x

        def negative_log_joint(z: Tensor, deeper: Deeper = "sample") -> Tensor:
            codes = z.unbind(-1)
            energies = [self.energy(layer, below, code) for layer, (below, code) in enumerate(pairwise((x, *codes)))]
            return torch.stack(energies).sum(0) - self.prior.log_prob(codes[-1])

        chain = Chain(self.posterior(x), self.posterior, len(self.latents))
        return estimator(chain.as_distribution(), negative_log_joint, self.context(x, 0))

    def log_weights(self, batch: Batch, samples: int) -> Tensor:
        below, q = batch.x, self.posterior(batch.x)
        z = q.sample(samples)
        log_weights = -self.reconstruction.cost_in_place(self.decode(z), below) - q.log_prob(z)
        for layer in range(1, len(self.latents)):
            below, q = z, self.posterior(z, layer)
            z = q.sample()
            log_weights = log_weights - self.energy(layer, below, z) - q.log_prob(z)
        return log_weights + self.prior.log_prob(z)

    def code_probabilities(self, batch: Batch) -> Tensor | None:
        """q(z_1|x) of categorical layers."""
        return self.posterior(batch.x).mean if self.latent.family == "categorical" else None

    def samples(self, n: int) -> Tensor:
        """``n`` images decoded from random codes of the last layer, ``[n, pixels]`` in [0, 1]."""
        z = self.prior.sample(n)
        for layer in reversed(range(1, len(self.latents))):
            z = self.latent(self.decode(z, layer)).sample()
        return self.reconstruction.image(self.decode(z))

    def reconstruct(self, batch: Batch) -> Tensor:
        """Reconstructions of the images of a batch: ``[B, pixels]`` in [0, 1]."""
        return self.reconstruction.image(self.decode(self.posterior(batch.x).sample()))

    def gallery(self, batch: Batch, n: int) -> dict[str, Tensor]:
        originals = batch.x[: n // 2]
        pairs = torch.stack([originals, self.reconstruct(Batch(originals, None))], dim=1)
        return {"samples": self.samples(n), "reconstructions": pairs.flatten(0, 1)}
