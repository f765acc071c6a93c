"""The VAE of :mod:`benchmarks.tutorial` in plain PyTorch, written with care for speed.

Same sizes, batch and optimizer, but without ``torch.distributions``, without reading the loss at each step, with fused
Adam, and with images binarised without superfluous tensors. The benchmark's training step must be faster than this.
``python -m benchmarks.careful`` trains it.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.tutorial import train


class VAE(nn.Module):
    """A linear encoder and a linear decoder with ``n`` relaxed bits between them."""

    def __init__(self, pixels: int = 784, n: int = 200) -> None:
        super().__init__()
        self.encoder = nn.Linear(pixels, n)
        self.decoder = nn.Linear(n, pixels)
        self.prior = nn.Parameter(torch.zeros(n))

    def forward(self, x: Tensor, temperature: float) -> Tensor:
        """The negative ELBO of a batch, nats per example."""
        logits = self.encoder(x)
        noise = torch.logit(torch.rand_like(logits), eps=1e-6)
        output = self.decoder(torch.sigmoid((logits + noise) / temperature))
        reconstruction = F.binary_cross_entropy_with_logits(output, x, reduction="sum")
        kl = torch.sigmoid(logits) * (logits - self.prior) - F.softplus(logits) + F.softplus(self.prior)
        return (reconstruction + kl.sum()) / len(x)


def training_step(images: Tensor, batch_size: int = 100) -> Callable[[], Tensor]:
    """A function that takes a training step on a random batch of ``images``, uint8 ``[N, pixels]``; on their device."""
    model = VAE(images.shape[-1]).to(images.device)
    return _training_step(model, model, images, batch_size)


def compiled_training_step(images: Tensor, batch_size: int = 100) -> Callable[[], Tensor]:
    """The same step with the model under ``torch.compile``, which joins its operations forward and backward."""
    model = VAE(images.shape[-1]).to(images.device)
    return _training_step(model, torch.compile(model, fullgraph=True, dynamic=False), images, batch_size)


def _training_step(
    model: VAE, loss_of: Callable[[Tensor, float], Tensor], images: Tensor, batch_size: int
) -> Callable[[], Tensor]:
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    levels = images.float() / 255

    def step() -> Tensor:
        rows = torch.randint(len(levels), (batch_size,), device=levels.device)
        chosen = levels.index_select(0, rows)
        x = torch.lt(torch.rand_like(chosen), chosen, out=torch.empty_like(chosen))
        loss = loss_of(x, 1.0)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        return loss.detach()

    return step


if __name__ == "__main__":
    torch.set_num_threads(1)
    train(training_step)
