"""The networks of Jang, Gu & Poole 2017 with Gumbel-Softmax in plain PyTorch, written with care for speed.

The same sizes, batch and optimizer as the benchmark's tasks of these names, and the data in the same form, but no
``torch.distributions``, no reading of the loss at each step, and fused Adam. The benchmark's training step must be
faster than this. ``python -m benchmarks.careful`` trains the VAE with bits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.tutorial import train


class Latent(Protocol):
    """A relaxed layer: ``size`` logits, and as many numbers in its code."""

    @property
    def size(self) -> int: ...
    def relax(self, logits: Tensor, temperature: float) -> Tensor: ...
    def kl(self, logits: Tensor, prior: Tensor) -> Tensor: ...


class Bits(NamedTuple):
    n: int = 200

    @property
    def size(self) -> int:
        return self.n

    def relax(self, logits: Tensor, temperature: float) -> Tensor:
        noise = torch.logit(torch.rand_like(logits), eps=1e-6)
        return torch.sigmoid((logits + noise) / temperature)

    def kl(self, logits: Tensor, prior: Tensor) -> Tensor:
        """Sum over the batch, nats."""
        return (torch.sigmoid(logits) * (logits - prior) - F.softplus(logits) + F.softplus(prior)).sum()


class Classes(NamedTuple):
    n: int = 20
    k: int = 10

    @property
    def size(self) -> int:
        return self.n * self.k

    def relax(self, logits: Tensor, temperature: float) -> Tensor:
        noise = torch.empty_like(logits).exponential_().log()
        return ((logits - noise) / temperature).unflatten(-1, self).softmax(-1).flatten(-2)

    def kl(self, logits: Tensor, prior: Tensor) -> Tensor:
        """Sum over the batch, nats."""
        q, p = (each.unflatten(-1, self).log_softmax(-1) for each in (logits, prior))
        return (q.exp() * (q - p)).sum()


class VAE(nn.Module):
    """A linear encoder, a relaxed layer with a learned prior, and a linear decoder."""

    def __init__(self, latent: Latent, pixels: int) -> None:
        super().__init__()
        self.latent = latent
        self.encoder = nn.Linear(pixels, latent.size)
        self.decoder = nn.Linear(latent.size, pixels)
        self.prior = nn.Parameter(torch.zeros(latent.size))

    def forward(self, x: Tensor, temperature: float) -> Tensor:
        """The negative ELBO of a batch, nats per example."""
        logits = self.encoder(x)
        output = self.decoder(self.latent.relax(logits, temperature))
        reconstruction = F.binary_cross_entropy_with_logits(output, x, reduction="sum")
        return (reconstruction + self.latent.kl(logits, self.prior)) / len(x)


class SBN(nn.Module):
    """Two relaxed layers between the upper and the lower half of an image, with linear maps."""

    def __init__(self, latent: Latent, pixels: int) -> None:
        super().__init__()
        self.latent = latent
        self.first = nn.Linear(pixels // 2, latent.size)
        self.second = nn.Linear(latent.size, latent.size)
        self.output = nn.Linear(latent.size, pixels // 2)

    def forward(self, x: Tensor, temperature: float) -> Tensor:
        """The negative log-likelihood of the lower halves of a batch, nats per example."""
        upper, lower = x.chunk(2, dim=-1)
        z = self.latent.relax(self.first(upper), temperature)
        z = self.latent.relax(self.second(z), temperature)
        return F.binary_cross_entropy_with_logits(self.output(z), lower, reduction="sum") / len(x)


MODELS: dict[str, Callable[[int], nn.Module]] = {
    "vae_bernoulli": lambda pixels: VAE(Bits(), pixels),
    "vae_categorical": lambda pixels: VAE(Classes(), pixels),
    "sbn_bernoulli": lambda pixels: SBN(Bits(), pixels),
    "sbn_categorical": lambda pixels: SBN(Classes(), pixels),
}
"""The models by the names of the benchmark's tasks, as functions of the number of pixels."""


def training_step(images: Tensor, batch_size: int = 100, task: str = "vae_bernoulli") -> Callable[[], Tensor]:
    """A function that takes a training step on a random batch of ``images``, uint8 ``[N, pixels]``; on their device."""
    model = MODELS[task](images.shape[-1]).to(images.device)
    return _training_step(model, model, images, batch_size)


def compiled_training_step(images: Tensor, batch_size: int = 100, task: str = "vae_bernoulli") -> Callable[[], Tensor]:
    """The same step with the model under ``torch.compile``, which joins its operations forward and backward."""
    model = MODELS[task](images.shape[-1]).to(images.device)
    return _training_step(model, torch.compile(model, fullgraph=True, dynamic=False), images, batch_size)


def _training_step(
    model: nn.Module, loss_of: Callable[[Tensor, float], Tensor], images: Tensor, batch_size: int
) -> Callable[[], Tensor]:
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    binary = (images > 127).float()

    def step() -> Tensor:
        rows = torch.randint(len(binary), (batch_size,), device=binary.device)
        loss = loss_of(binary.index_select(0, rows), 1.0)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        return loss.detach()

    return step


if __name__ == "__main__":
    torch.set_num_threads(1)
    train(training_step)
