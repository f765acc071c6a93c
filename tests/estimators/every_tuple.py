"""Two bits and a cost whose tuples of codes can all be tried."""

from __future__ import annotations

import itertools

import torch
from torch import Tensor

from estimators import Bernoulli, Latent

LATENT = Latent("bernoulli", n=2)
LOGITS = torch.tensor([0.7, -1.1], dtype=torch.float64)
THETA = torch.tensor([0.4, -0.8], dtype=torch.float64)


class BernoulliAt(Bernoulli):
    """Draws the codes it is given."""

    def __init__(self, logits: Tensor, codes: Tensor) -> None:
        super().__init__(logits=logits)
        self.codes = codes

    def sample(self, *samples: int) -> Tensor:
        return self.codes


def cost(z: Tensor, theta: Tensor) -> Tensor:
    """-log p(z), nats, up to a constant; not additive."""
    return 2 + torch.tanh((z * theta).sum(-1)) + z.prod(-1) * theta[0]


def tuples(samples: int) -> Tensor:
    """All tuples of codes, ``[samples, 4 ** samples, 2]``: the tuples lie on the batch axis."""
    support = Bernoulli(logits=LOGITS).support()
    index = torch.tensor(list(itertools.product(range(len(support)), repeat=samples)))
    return support[index].movedim(1, 0)
