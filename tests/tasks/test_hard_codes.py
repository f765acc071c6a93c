"""Networks at hard codes."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from estimators import Latent
from tasks.bounds import bounds, evaluate
from tasks.hard_codes import hard_codes_only, of_code
from tasks.networks import mlp
from tasks.sbn import SBN
from tasks.task import Task
from tasks.vae import VAE
from tests.tasks.tiny_vae import PIXELS, images

LATENTS = [Latent("categorical", n=3, k=10), Latent("categorical", n=3, k=2), Latent("bernoulli", n=5)]


def codes(latent: Latent, *batch: int) -> torch.Tensor:
    return latent(torch.zeros(latent.size)).sample(*batch)


@pytest.mark.parametrize("hidden", [(), (7,)], ids=["linear", "hidden layer"])
@pytest.mark.parametrize("latent", LATENTS, ids=repr)
def test_a_sum_of_columns_is_the_product(latent: Latent, hidden: tuple[int, ...]):
    network = mlp([latent.size, *hidden, 11]).double()
    z = codes(latent, 4, 6).double()
    with torch.no_grad(), hard_codes_only():
        found = of_code(network, latent, z)
    torch.testing.assert_close(found, network(latent.flatten(z)))


def test_no_product_is_taken_with_one_hot_codes(monkeypatch: pytest.MonkeyPatch):
    latent = LATENTS[0]
    network, z = mlp([latent.size, 11]), codes(latent, 4)
    with torch.no_grad(), hard_codes_only():
        monkeypatch.setattr(F, "linear", None)
        assert of_code(network, latent, z).shape == (4, 11)


def test_relaxed_codes_outside_the_block_have_their_product():
    latent = LATENTS[0]
    network, z = mlp([latent.size, 11]), torch.rand(4, *latent.shape)
    with hard_codes_only():
        pass
    torch.testing.assert_close(of_code(network, latent, z), network(z.flatten(-2)))


def test_weights_that_changed_between_two_blocks_are_used():
    latent = LATENTS[0]
    linear, z = nn.Linear(latent.size, 11), codes(latent, 4)
    network = nn.Sequential(linear)
    for _ in range(2):
        nn.init.normal_(linear.weight)
        with torch.no_grad(), hard_codes_only():
            torch.testing.assert_close(of_code(network, latent, z), network(z.flatten(-2)))


@pytest.mark.parametrize("kind", [VAE, SBN])
def test_the_scores_of_a_model_are_those_by_products(kind: type[Task]):
    task = kind(LATENTS[0], pixel_mean=torch.rand(PIXELS), layers=2).double()  # type: ignore[call-arg]
    torch.manual_seed(1)
    by_products = bounds(task, images(20), 50)._asdict()
    torch.manual_seed(1)
    scores = evaluate(task, images(20), 50)
    assert {name: scores[name] for name in by_products} == pytest.approx(by_products, rel=1e-6)


def test_networks_of_another_kind_are_called_as_they_are():
    latent = LATENTS[0]
    network = nn.Sequential(nn.ReLU(), nn.Linear(latent.size, 11))
    z = codes(latent, 4)
    with torch.no_grad(), hard_codes_only():
        torch.testing.assert_close(of_code(network, latent, z), network(z.flatten(-2)))
