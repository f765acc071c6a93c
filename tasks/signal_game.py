"""A signalling game: one network sends a symbol that another one has to interpret."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from estimators import Deeper, Distribution, Estimate, Estimator, Latent
from tasks.batches import Batch
from tasks.layers import log_prior_of_itself
from tasks.networks import mlp
from tasks.task import Task


class SignalGame(Task):
    """A sender names an image by one of k symbols; a receiver has to find it among ``candidates`` images.

    p(b | z, x) = softmax_c(<E_z, r(x_c)>)_b,    loss = E_{q(z|x_b)}[-log p(b | z, x)] - entropy_bonus H(q(z|x_b)),

    with the sender q(z|x), one categorical variable, a table E with a row for each symbol, the receiver's features
    r(x) of an image, and c an index of the images in a group. Lewis 1969, *Convention*; as a referential game between
    networks in Lazaridou, Peysakhovich & Baroni 2017, *Multi-agent cooperation and the emergence of (natural)
    language*; with Gumbel-Softmax in Havrylov & Titov 2017. A batch is split into groups of ``candidates`` rows; if its
    size is not a multiple, the group of the remaining rows is the last ``candidates`` rows.

    Args:
        latent: the symbol, one categorical variable.
        pixel_mean: training mean of the pixels, ``[pixels]`` in [0, 1].
        candidates: number of images in a group, at least 2.
        hidden: units of the hidden layers of both networks.
        features: number of columns of the table and of the receiver's features of an image.
        entropy_bonus: weight of the sender's entropy; without it symbols fall out of use early.
        activation: activation between the layers of a network, see ``tasks.networks.ACTIVATIONS``.
    """

    version = 2

    def __init__(
        self,
        latent: Latent,
        pixel_mean: Tensor,
        candidates: int = 16,
        hidden: Sequence[int] = (256,),
        features: int = 128,
        entropy_bonus: float = 0.1,
        activation: str = "leaky_relu",
    ) -> None:
        super().__init__()
        if latent.family != "categorical" or latent.n != 1:
            raise ValueError(f"latent={latent}: a symbol is one categorical variable, family=categorical and n=1")
        if candidates < 2:
            raise ValueError(f"candidates={candidates}: at least 2 are needed")
        if features < 1:
            raise ValueError(f"features={features}: at least 1 is needed")
        if not entropy_bonus >= 0:
            raise ValueError(f"entropy_bonus={entropy_bonus}: it must be a number of at least 0")
        self.latent = latent
        self.latents = (latent,)
        self.context_sizes = (len(pixel_mean),)
        self.together = candidates
        self.entropy_bonus = entropy_bonus
        self.sender = mlp([len(pixel_mean), *hidden, latent.size], activation)
        self.receiver = mlp([len(pixel_mean), *hidden, features], activation)
        self.table = nn.Parameter(torch.randn(latent.k, features) / features**0.5)
        self.register_buffer("pixel_mean", pixel_mean)

    pixel_mean: Tensor

    def symbol(self, x: Tensor) -> Distribution:
        """q(z|x) for images ``[B, pixels]``."""
        return self.latent(self.sender(x - self.pixel_mean))

    def groups(self, size: int) -> tuple[Tensor, Tensor]:
        """For each row of a batch, the rows of its group, ``[B, candidates]``, and its index in the group, ``[B]``.

        Raises:
            ValueError: the batch is smaller than a group.
        """
        if size < self.together:
            raise ValueError(f"runner.batch_size={size}: a game needs at least {self.together} images")
        rows = torch.arange(size, device=self.table.device)
        first = (rows - rows % self.together).clamp(max=size - self.together)
        return first[:, None] + torch.arange(self.together, device=rows.device), rows - first

    def log_beliefs(self, z: Tensor, x: Tensor) -> Tensor:
        """log p(c | z, x) for symbols ``[*samples, B, 1, k]``, hard or relaxed: ``[*samples, B, candidates]``."""
        rows, _ = self.groups(len(x))
        views = self.receiver(x - self.pixel_mean)[rows]
        return torch.einsum("...bf,bcf->...bc", z.squeeze(-2) @ self.table, views).log_softmax(-1)

    def surprise(self, z: Tensor, x: Tensor) -> Tensor:
        """-log p(b | z, x), nats ``[*samples, B]``: the surprise of the receiver at the correct image."""
        _, own = self.groups(len(x))
        beliefs = self.log_beliefs(z, x)
        return -beliefs.gather(-1, own[:, None].expand(*beliefs.shape[:-1], 1)).squeeze(-1)

    def expected_loss(self, batch: Batch, estimators: Sequence[Estimator]) -> Estimate:
        q = self.symbol(batch.x)

        def cost(z: Tensor, deeper: Deeper = "sample") -> Tensor:
            return self.surprise(z, batch.x)

        return estimators[0](q, cost, batch.x - self.pixel_mean).minus_entropy(q, self.entropy_bonus)

    def multi_sample_loss(self, batch: Batch, estimator: Estimator) -> Estimate:
        q = self.symbol(batch.x)

        def negative_log_joint(z: Tensor, deeper: Deeper = "sample") -> Tensor:
            return self.surprise(z, batch.x) - log_prior_of_itself(q, z, estimator)

        return estimator(q, negative_log_joint, batch.x - self.pixel_mean).minus_entropy(q, self.entropy_bonus)

    def log_weights(self, batch: Batch, samples: int) -> Tensor:
        """log p(b | z, x): there is no likelihood of images, so the bounds are those of the game's outcome."""
        return -self.surprise(self.symbol(batch.x).sample(samples), batch.x)

    def scores(self, batch: Batch) -> dict[str, Tensor]:
        """``accuracy``: whether the receiver finds the image from its most likely symbol."""
        _, own = self.groups(len(batch.x))
        guesses = self.log_beliefs(self.code_probabilities(batch), batch.x).argmax(-1)
        return {"accuracy": (guesses == own).to(batch.x.dtype)}

    def code_probabilities(self, batch: Batch) -> Tensor:
        """The most likely symbol of each image, one-hot."""
        most_likely = self.symbol(batch.x).logits.argmax(-1)
        return nn.functional.one_hot(most_likely, self.latent.k).to(batch.x.dtype)
