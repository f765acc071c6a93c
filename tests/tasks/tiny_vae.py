"""A VAE of few codes and pixels, so that all of them can be summed over."""

from __future__ import annotations

import torch

from estimators import Latent
from tasks.batches import Batch
from tasks.vae import VAE

LATENTS = [Latent("bernoulli", n=3), Latent("categorical", n=2, k=3)]
PIXELS = 6


def tiny_vae(latent: Latent, **options: object) -> VAE:
    torch.manual_seed(0)
    vae = VAE(latent, pixel_mean=torch.full((PIXELS,), 0.3), **options).double()  # type: ignore[arg-type]
    if vae.prior_logits.requires_grad:
        torch.nn.init.normal_(vae.prior_logits)
    return vae


def images(count: int = 4) -> Batch:
    return Batch(torch.randint(0, 2, (count, PIXELS), generator=torch.Generator().manual_seed(1)).double(), None)
