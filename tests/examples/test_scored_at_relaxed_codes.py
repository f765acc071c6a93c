from __future__ import annotations

import pytest
import torch

from estimators import GumbelSoftmax, Latent
from examples.scored_at_relaxed_codes import ScoredAtRelaxedCodes
from tasks.batches import Batch
from tasks.bounds import bounds
from tasks.vae import VAE

LATENTS = (Latent("bernoulli", n=6), Latent("categorical", n=3, k=5))


def trained(latent: Latent, temperature: float) -> tuple[VAE, VAE, Batch]:
    """A VAE, the same one scored at relaxed codes, and images; the code of an image says something about it."""
    torch.manual_seed(0)
    images = torch.rand(40, 16).round()
    usual = VAE(latent, images.mean(0))
    with torch.no_grad():
        for weight in [*usual.encoders.parameters(), *usual.decoders.parameters()]:
            weight.mul_(4)
    relaxed = ScoredAtRelaxedCodes(latent, images.mean(0), score_temperature=temperature)
    relaxed.load_state_dict(usual.state_dict())
    return usual, relaxed, Batch(images, None)


@pytest.mark.parametrize("latent", LATENTS, ids=str)
def test_near_temperature_zero_it_is_the_bound(latent: Latent):
    """1,000 x 40 samples: six standard errors of the difference of two such means are below 0.2 nats."""
    usual, relaxed, images = trained(latent, temperature=1e-3)
    torch.manual_seed(1)
    score = bounds(relaxed, images, 1000).negative_bound
    assert score == pytest.approx(bounds(usual, images, 1000).negative_bound, abs=0.2)


@pytest.mark.parametrize("latent", LATENTS, ids=str)
def test_a_relaxed_code_changes_the_score_but_not_the_loss(latent: Latent):
    usual, relaxed, images = trained(latent, temperature=1.0)
    torch.manual_seed(1)
    assert abs(bounds(relaxed, images, 1000).negative_bound - bounds(usual, images, 1000).negative_bound) > 0.3
    losses = []
    for task in (usual, relaxed):
        torch.manual_seed(2)
        losses.append(task.expected_loss(images, [GumbelSoftmax(latent)]).value)
    torch.testing.assert_close(*losses)


def test_several_layers_are_an_error():
    with pytest.raises(ValueError, match="layers=2"):
        ScoredAtRelaxedCodes(LATENTS[0], torch.full((16,), 0.5), layers=2)
