"""What a stochastic layer is, and which ones are refused."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest
import torch

from estimators import Bernoulli, Categorical, Latent


def test_a_latent_makes_its_distribution_from_a_flat_output_and_flattens_its_codes():
    flat = torch.randn(6, 12, generator=torch.Generator().manual_seed(0))
    bits, classes = Latent("bernoulli", 12), Latent("categorical", 3, k=4)
    assert isinstance(bits(flat), Bernoulli)
    q = classes(flat)
    assert isinstance(q, Categorical)
    assert torch.equal(classes.flatten(q.logits), flat)
    assert torch.equal(bits.flatten(flat), flat)
    assert (classes.shape, classes.size, classes.configurations) == ((3, 4), 12, 64)
    assert (bits.shape, bits.size, bits.configurations) == ((12,), 12, 4096)


def test_sizes_may_be_integers_of_numpy():
    n, k = cast("list[int]", [np.int64(3), np.int32(4)])
    latent = Latent("categorical", n, k)
    assert (type(latent.n), type(latent.k)) == (int, int)
    assert latent == Latent("categorical", 3, k=4)


def test_latents_compare_by_what_they_describe():
    assert Latent("categorical", 3, k=4) == Latent("categorical", n=3, k=4)
    assert len({Latent("bernoulli", 2), Latent("bernoulli", 2), Latent("categorical", 2, 2)}) == 2
    assert Latent("bernoulli", 2) != Latent("bernoulli", 2, unimix=0.1)


@pytest.mark.parametrize("latent", [Latent("bernoulli", 6, unimix=0.2), Latent("categorical", 2, k=3, unimix=0.2)])
def test_a_share_of_the_uniform_distribution_keeps_every_class_alive(latent: Latent):
    flat = (30 * torch.randn(50, 6, generator=torch.Generator().manual_seed(0))).double().requires_grad_()
    plain = Latent(latent.family, latent.n, latent.k)
    mixed = latent(flat).mean
    torch.testing.assert_close(mixed, 0.8 * plain(flat).mean + 0.2 / latent.k)
    slope = torch.autograd.grad(mixed.square().sum(), flat)[0]
    expected = (0.8 * plain(flat).mean + 0.2 / latent.k).square().sum()
    torch.testing.assert_close(slope, torch.autograd.grad(expected, flat)[0])


def test_a_class_that_is_masked_has_its_share_and_learns_nothing():
    flat = torch.tensor([0.0, 1.0, -torch.inf], requires_grad=True)
    mean = Latent("categorical", 1, k=3, unimix=0.3)(flat).mean
    assert mean[0, 2].item() == pytest.approx(0.1)
    (slope,) = torch.autograd.grad(mean[0, 0], flat)
    assert slope.isfinite().all()
    assert slope[2] == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("gaussian", 3), "family='gaussian': choose one of bernoulli, categorical"),
        (("bernoulli", 0), "n=0: an integer of at least 1 is needed"),
        (("bernoulli", 3.5), "n=3.5: an integer of at least 1 is needed"),
        ((["bernoulli"], 3), r"family=\['bernoulli'\]: choose one of bernoulli, categorical"),
        (("bernoulli", 3, 4), "k=4: a Bernoulli variable has k=2 classes"),
        (("categorical", 3), "k=None: an integer of at least 2 is needed"),
        (("categorical", 3, 1), "k=1: an integer of at least 2 is needed"),
        (("categorical", 3, 2.0), "k=2.0: an integer of at least 2 is needed"),
        (("categorical", 3, 4, 1.0), r"unimix=1.0: a number in \[0, 1\) is needed"),
        (("bernoulli", 3, 2, -0.1), r"unimix=-0.1: a number in \[0, 1\) is needed"),
        (("bernoulli", 3, 2, "some"), r"unimix='some': a number in \[0, 1\) is needed"),
    ],
)
def test_a_latent_that_cannot_be_is_refused_with_the_key_and_the_valid_values(arguments, message: str):
    with pytest.raises(ValueError, match=message):
        Latent(*arguments)
