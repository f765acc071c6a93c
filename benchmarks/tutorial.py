"""A typical starting point: a Bernoulli VAE with Gumbel-Softmax in plain PyTorch, written as in tutorials.

784-200-784, batch 100, Adam, binary images, and a loop without ``DataLoader`` that draws random rows. It is written for
clarity, not for speed; the benchmark's training step is timed against it.
``python -m benchmarks.tutorial`` trains it.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F


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
        u = torch.rand_like(logits).clamp(1e-6, 1 - 1e-6)
        z = torch.sigmoid((logits + torch.log(u) - torch.log(1 - u)) / temperature)
        reconstruction = F.binary_cross_entropy_with_logits(self.decoder(z), x, reduction="none").sum(-1)
        q = torch.distributions.Bernoulli(logits=logits)
        p = torch.distributions.Bernoulli(logits=self.prior.expand_as(logits))
        kl = torch.distributions.kl_divergence(q, p).sum(-1)
        return (reconstruction + kl).mean()


def training_step(images: Tensor, batch_size: int = 100) -> Callable[[], float]:
    """A function that takes a training step on a random batch of ``images``, uint8 ``[N, pixels]``; on their device."""
    device = images.device
    model = VAE(images.shape[-1]).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    binary = (images > 127).float()

    def step() -> float:
        rows = torch.randint(len(binary), (batch_size,), device=device)
        optimizer.zero_grad()
        loss = model(binary[rows], temperature=1.0)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def train(make_step: Callable[[Tensor], Callable[[], float | Tensor]]) -> None:
    """Takes 2,000 steps on MNIST and prints the loss, nats, and CPU time, for each script of this model."""
    from tasks.datasets import mnist  # the only import from the project

    step = make_step(mnist().train.images)
    began = time.process_time()
    for number in range(1, 2001):
        loss = step()
        if number % 500 == 0:
            print(f"step {number}  loss {loss:.1f}  {1e3 * (time.process_time() - began) / number:.2f} ms per step")


if __name__ == "__main__":
    torch.set_num_threads(1)
    train(training_step)
