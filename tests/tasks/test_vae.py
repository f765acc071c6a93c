from __future__ import annotations

import itertools
from typing import Literal

import pytest
import torch
from torch import Tensor

from estimators import Estimate, Estimator, Latent
from estimators.exact import Enumeration
from estimators.score_function import Reinforce
from tasks.batches import Batch
from tasks.bounds import bounds
from tasks.networks import mlp
from tasks.reconstruction import GaussianLikelihood
from tasks.vae import VAE
from tests.crossing import one_in
from tests.tasks.tiny_vae import LATENTS, PIXELS, images, tiny_vae


def exact_log_likelihood(vae: VAE, x: Tensor) -> Tensor:
    """log p(x) by summing over every code, written out on its own: ``[B]``."""
    terms = []
    for choice in itertools.product(range(vae.latent.k), repeat=vae.latent.n):
        indices = torch.tensor(choice)
        z = indices.double() if vae.latent.family == "bernoulli" else torch.eye(vae.latent.k).double()[indices]
        probs = torch.sigmoid(vae.decode(z))
        likelihood = torch.distributions.Bernoulli(probs=probs).log_prob(x).sum(-1)
        terms.append(likelihood + vae.prior.log_prob(z))
    return torch.logsumexp(torch.stack(terms), 0)


@pytest.mark.parametrize("latent", LATENTS, ids=repr)
def test_the_prior_sums_to_one(latent: Latent):
    prior = tiny_vae(latent).prior
    torch.testing.assert_close(prior.log_prob(prior.support()).exp().sum().item(), 1.0, atol=1e-9, rtol=0)


@pytest.mark.parametrize("latent", LATENTS, ids=repr)
def test_the_loss_under_enumeration_is_the_negative_elbo(latent: Latent):
    vae, batch = tiny_vae(latent), images()
    q = vae.posterior(batch.x)
    z = q.support()[:, None]
    log_joint = vae.prior.log_prob(z) + torch.distributions.Bernoulli(logits=vae.decode(z)).log_prob(batch.x).sum(-1)
    log_q = q.log_prob(z)
    expected = (log_q.exp() * (log_q - log_joint)).sum(0)
    torch.testing.assert_close(vae.loss(batch, [Enumeration(latent)]).value, expected)


@pytest.mark.parametrize("latent", LATENTS, ids=repr)
def test_sampled_and_analytic_kl_have_the_same_exact_gradient(latent: Latent):
    gradients = []
    kinds: tuple[Literal["analytic", "sampled"], ...] = ("analytic", "sampled")
    for kl in kinds:
        vae = tiny_vae(latent, kl=kl)
        loss = vae.loss(images(), [Enumeration(latent)]).surrogate.sum()
        gradients.append(torch.autograd.grad(loss, list(vae.parameters())))
    for analytic, sampled in zip(*gradients, strict=True):
        torch.testing.assert_close(analytic, sampled)


@pytest.mark.parametrize("latent", one_in(2, LATENTS), ids=repr)
def test_bounds_order_and_approach_the_exact_likelihood(latent: Latent):
    vae, batch = tiny_vae(latent), images(40)
    exact = -exact_log_likelihood(vae, batch.x).mean().item()
    torch.manual_seed(0)
    elbo, few = bounds(vae, batch, samples=10)
    many = bounds(vae, batch, samples=20_000).negative_bound
    assert elbo > few > exact
    assert many == pytest.approx(exact, abs=5e-3)


@pytest.mark.parametrize("latent", [Latent("bernoulli", n=200), Latent("categorical", n=20, k=10)], ids=repr)
def test_the_weights_are_those_of_float64_at_the_same_codes(latent: Latent):
    torch.manual_seed(0)
    x = torch.rand(3, 784).round()
    vae = VAE(latent, pixel_mean=torch.rand(784))
    torch.manual_seed(1)
    found = vae.log_weights(Batch(x, None), 50)
    torch.manual_seed(1)
    z = vae.posterior(x).sample(50).double()
    x, vae = x.double(), vae.double()
    expected = vae.prior.log_prob(z) - vae.posterior(x).log_prob(z) - vae.energy(0, x, z)
    torch.testing.assert_close(found.double(), expected, rtol=1e-6, atol=0)


def test_the_single_sample_bound_is_the_elbo():
    vae = tiny_vae(LATENTS[0])
    negative_elbo, negative_bound = bounds(vae, images(), samples=1)
    assert negative_elbo == pytest.approx(negative_bound, abs=1e-9)


@pytest.mark.parametrize("samples", [1, 7, 2001, 5000])
def test_bounds_draw_exactly_the_samples_asked_for_a_bounded_number_at_a_time(
    samples: int, monkeypatch: pytest.MonkeyPatch
):
    vae, drawn = tiny_vae(LATENTS[0]), []
    log_weights = vae.log_weights

    def counted(batch: Batch, samples: int) -> Tensor:
        drawn.append((len(batch.x), samples))
        return log_weights(batch, samples)

    monkeypatch.setattr(vae, "log_weights", counted)
    bounds(vae, images(5), samples)
    assert sum(images * count for images, count in drawn) == 5 * samples
    assert max(images * count for images, count in drawn) <= 2000


def test_a_bound_needs_a_sample():
    with pytest.raises(ValueError, match=r"runner\.bound_samples=0"):
        bounds(tiny_vae(LATENTS[0]), images(), samples=0)


def test_the_context_is_the_centred_picture():
    seen = []

    class Spy(Reinforce):
        def forward(self, q, cost, context) -> Estimate:
            seen.append(context)
            return super().forward(q, cost, context)

    vae, batch = tiny_vae(LATENTS[0]), images()
    spy: Estimator = Spy(LATENTS[0], PIXELS)
    vae.loss(batch, [spy])
    torch.testing.assert_close(seen[0], batch.x - 0.3)


@pytest.mark.parametrize("latent", LATENTS, ids=repr)
def test_images_are_probabilities(latent: Latent):
    vae = tiny_vae(latent, hidden=[5], layers=2, reconstruction=GaussianLikelihood(0.3))
    strips = vae.gallery(images(4), 4)
    assert set(strips) == {"samples", "reconstructions"}
    for strip in (*strips.values(), vae.samples(4), vae.reconstruct(images(4))):
        assert strip.shape == (4, PIXELS)
        assert ((strip >= 0) & (strip <= 1)).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"prior": "improper"}, "prior='improper': choose one of learned, uniform"),
        ({"kl": "guessed"}, "kl='guessed': choose one of analytic, sampled"),
        ({"hidden": [0]}, "hidden=[0]: every hidden layer needs at least 1 unit"),
        ({"layers": 0}, "layers=0: 1 to 50 stochastic layers are possible"),
        ({"layers": 51}, "layers=51: 1 to 50 stochastic layers are possible"),
        (
            {"activation": "step"},
            "activation='step': choose one of leaky_relu, leaky_relu_0.2, relu, softplus, tanh",
        ),
    ],
)
def test_a_wrong_option_is_refused_with_the_valid_ones(options: dict[str, object], message: str):
    with pytest.raises(ValueError) as error:  # noqa: PT011 - compared below, brackets and all
        tiny_vae(LATENTS[0], **options)
    assert str(error.value) == message


def test_without_a_start_at_the_mean_the_input_is_not_centred_and_the_output_bias_is_not_set():
    vae = VAE(Latent("bernoulli", n=4), pixel_mean=torch.full((6,), 0.3), start_at_mean=False)
    x = torch.rand(3, 6, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(vae.posterior(x).logits, vae.encoders[0](x))
    assert vae.decode(torch.zeros(4)).tolist() == [0.0] * 6


def test_the_initial_weights_of_torch_are_those_of_its_linear_layers():
    torch.manual_seed(0)
    layer = torch.nn.Linear(6, 4)
    torch.manual_seed(0)
    network = mlp([6, 4, 2], initial_weights="torch")
    for name, value in layer.state_dict().items():
        assert torch.equal(network.state_dict()[f"0.{name}"], value)
    with pytest.raises(ValueError, match=r"initial_weights='best': choose one of glorot, torch"):
        VAE(Latent("bernoulli", n=4), pixel_mean=torch.zeros(6), initial_weights="best")  # type: ignore[arg-type]


def test_a_leaky_unit_has_the_slope_of_its_name():
    assert mlp([1, 1, 1], "leaky_relu_0.2")[1](torch.tensor(-1.0)).item() == pytest.approx(-0.2)
