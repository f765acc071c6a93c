from __future__ import annotations

import itertools
from typing import Literal

import pytest
import torch
from torch import Tensor

from estimators import Deeper, Estimate, Estimator, Latent, NotApplicable
from estimators.exact import Enumeration
from estimators.multi_sample import VIMCO
from estimators.score_function import NVIL, Reinforce
from tasks.batches import Batch
from tasks.bounds import bounds
from tasks.reconstruction import GaussianLikelihood
from tasks.vae import VAE
from tests.tasks.exact_gradients import LARGEST_SCORE, estimators_for, gradient, largest_score

LATENTS = [Latent("bernoulli", n=3), Latent("categorical", n=2, k=3)]
PIXELS = 6


def tiny_vae(latent: Latent, **options: object) -> VAE:
    torch.manual_seed(0)
    vae = VAE(latent, pixel_mean=torch.full((PIXELS,), 0.3), **options).double()  # type: ignore[arg-type]
    if vae.prior_logits.requires_grad:
        torch.nn.init.normal_(vae.prior_logits)
    return vae


def pictures(count: int = 4) -> Batch:
    return Batch(torch.randint(0, 2, (count, PIXELS), generator=torch.Generator().manual_seed(1)).double(), None)


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
    vae, batch = tiny_vae(latent), pictures()
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
        loss = vae.loss(pictures(), [Enumeration(latent)]).surrogate.sum()
        gradients.append(torch.autograd.grad(loss, list(vae.parameters())))
    for analytic, sampled in zip(*gradients, strict=True):
        torch.testing.assert_close(analytic, sampled)


SEVERAL_LAYERS = [Latent("bernoulli", n=2), Latent("categorical", n=1, k=3)]


def exact_terms(vae: VAE, x: Tensor) -> tuple[Tensor, Tensor]:
    """log q(z | x) and log p(x, z) for every tuple of codes of the layers, written out on its own: ``[tuples, B]``."""
    log_q, log_p = [], []
    for codes in itertools.product(vae.prior.support(), repeat=len(vae.latents)):
        pixels = torch.distributions.Bernoulli(logits=vae.decode(codes[0]))
        q_terms = [vae.posterior(x).log_prob(codes[0])]
        p_terms = [pixels.log_prob(x).sum(-1), vae.prior.log_prob(codes[-1])]
        for layer, (below, code) in enumerate(itertools.pairwise(codes), start=1):
            q_terms.append(vae.posterior(below, layer).log_prob(code))
            p_terms.append(vae.latent(vae.decode(code, layer)).log_prob(below))
        log_q.append(sum(q_terms, torch.zeros(len(x))))
        log_p.append(sum(p_terms, torch.zeros(len(x))))
    return torch.stack(log_q), torch.stack(log_p)


@pytest.mark.parametrize("kl", ["analytic", "sampled"])
@pytest.mark.parametrize("layers", [2, 3])
@pytest.mark.parametrize("latent", SEVERAL_LAYERS, ids=repr)
def test_layers_under_enumeration_have_the_gradient_of_the_negative_elbo(latent: Latent, layers: int, kl: str):
    vae, batch = coupled_vae(latent, layers, kl), pictures()
    log_q, log_p = exact_terms(vae, batch.x)
    elbo = (log_q.exp() * (log_q - log_p)).sum(0).mean()
    parameters = [p for p in vae.parameters() if p.requires_grad]
    exact = torch.cat([part.flatten() for part in torch.autograd.grad(elbo, parameters)])
    found = gradient(vae, [Enumeration(latent) for _ in range(layers)], batch)
    torch.testing.assert_close(found, exact)


def coupled_vae(latent: Latent, layers: int, kl: str) -> VAE:
    """One whose codes depend so much on those of the layer before that a derivative that is lost there is seen."""
    vae = tiny_vae(latent, layers=layers, kl=kl)
    with torch.no_grad():
        for network in list(vae.encoders)[1:]:
            weight, bias = network.parameters()
            if latent.family == "bernoulli":
                weight.fill_(3.0)
                bias.fill_(-1.5)
            else:
                weight.copy_(1.5 * torch.eye(latent.size))
                bias.copy_(torch.eye(latent.size)[0])
    return vae


@pytest.mark.parametrize("kl", ["analytic", "sampled"])
@pytest.mark.parametrize("layers", [2, 3])
@pytest.mark.parametrize("deeper", ["mean", "relaxed"])
@pytest.mark.parametrize("latent", SEVERAL_LAYERS, ids=repr)
def test_layers_inside_a_control_variate_are_differentiated_as_the_function_they_are(
    latent: Latent, deeper: Deeper, layers: int, kl: str
):
    vae = coupled_vae(latent, layers, kl)

    def following_layers(z: Tensor) -> Tensor:
        torch.manual_seed(0)
        return Estimate.of(vae.layer_loss(1, z, estimators_for("rebar", vae), deeper)).surrogate

    z = torch.rand(2, *latent.shape, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(following_layers, z)


@pytest.mark.parametrize("kl", ["analytic", "sampled"])
@pytest.mark.parametrize("layers", [2, pytest.param(3, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", ["nvil", "rloo", "muprop", "rebar", "relax", "disarm", "local_expectation"])
@pytest.mark.parametrize("latent", SEVERAL_LAYERS, ids=repr)
def test_unbiased_estimators_nest_to_the_exact_gradient_of_every_parameter(
    latent: Latent, name: str, layers: int, kl: str
):
    vae, batch = coupled_vae(latent, layers, kl), pictures(1)
    try:
        estimators = estimators_for(name, vae)
    except NotApplicable:
        assert name == "disarm"
        return
    exact = gradient(vae, [Enumeration(latent) for latent in vae.latents], batch)
    assert largest_score(vae, estimators, exact, batch) < LARGEST_SCORE


@pytest.mark.parametrize("kl", ["analytic", "sampled"])
@pytest.mark.parametrize("layers", [2, pytest.param(3, marks=pytest.mark.slow)])
@pytest.mark.parametrize("latent", SEVERAL_LAYERS, ids=repr)
def test_vimco_follows_the_two_sample_bound_of_all_layers_together(latent: Latent, layers: int, kl: str):
    vae, batch = tiny_vae(latent, layers=layers, kl=kl), pictures(1)
    log_q, log_p = exact_terms(vae, batch.x)
    weights = log_p - log_q
    bound = torch.logaddexp(weights[:, None], weights[None]) - torch.log(torch.tensor(2.0))
    objective = -((log_q[:, None] + log_q[None]).exp() * bound).sum(dim=(0, 1)).mean()
    parameters = [p for p in vae.parameters() if p.requires_grad]
    exact = torch.cat([part.flatten() for part in torch.autograd.grad(objective, parameters)])
    estimators = [VIMCO(latent, samples=2) for _ in range(layers)]
    assert largest_score(vae, estimators, exact, batch) < LARGEST_SCORE


@pytest.mark.parametrize("latent", SEVERAL_LAYERS, ids=repr)
def test_bounds_of_two_layers_approach_the_exact_likelihood(latent: Latent):
    vae, batch = tiny_vae(latent, layers=2), pictures(100)
    exact = -torch.logsumexp(exact_terms(vae, batch.x)[1], dim=0).mean().item()
    torch.manual_seed(0)
    elbo, many = bounds(vae, batch, samples=5000)
    assert elbo > many
    assert many == pytest.approx(exact, abs=1e-2)


@pytest.mark.parametrize("layers", [1, 2])
def test_a_normalised_signal_scales_every_layers_kl_alike(layers: int):
    vae, batch = tiny_vae(LATENTS[0], layers=layers), pictures()
    estimators = estimators_for("nvil", vae)
    for estimator in estimators:
        assert isinstance(estimator, NVIL)
        estimator.baseline.moments.averages.copy_(torch.tensor([1.0, 0.0, 4.0]))
    encoder = list(vae.encoders[layers - 1].parameters())

    def mean_gradient(estimators: list[Estimator]) -> Tensor:
        torch.manual_seed(0)
        repeated = Batch(batch.x.repeat(20_000, 1), None)
        loss = vae.loss(repeated, estimators).surrogate.mean()
        return torch.cat([part.flatten() for part in torch.autograd.grad(loss, encoder)])

    exact = mean_gradient([Enumeration(latent) for latent in vae.latents])
    torch.testing.assert_close(2 * mean_gradient(estimators), exact, atol=0.03, rtol=0)


@pytest.mark.parametrize("latent", LATENTS, ids=repr)
def test_bounds_order_and_approach_the_exact_likelihood(latent: Latent):
    vae, batch = tiny_vae(latent), pictures(40)
    exact = -exact_log_likelihood(vae, batch.x).mean().item()
    torch.manual_seed(0)
    elbo, few = bounds(vae, batch, samples=10)
    many = bounds(vae, batch, samples=20_000).negative_bound
    assert elbo > few > exact
    assert many == pytest.approx(exact, abs=5e-3)


def test_the_single_sample_bound_is_the_elbo():
    vae = tiny_vae(LATENTS[0])
    negative_elbo, negative_bound = bounds(vae, pictures(), samples=1)
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
    bounds(vae, pictures(5), samples)
    assert sum(images * count for images, count in drawn) == 5 * samples
    assert max(images * count for images, count in drawn) <= 2000


def test_a_bound_needs_a_sample():
    with pytest.raises(ValueError, match=r"runner\.bound_samples=0"):
        bounds(tiny_vae(LATENTS[0]), pictures(), samples=0)


def test_the_context_is_the_centred_picture():
    seen = []

    class Spy(Reinforce):
        def forward(self, q, cost, context) -> Estimate:
            seen.append(context)
            return super().forward(q, cost, context)

    vae, batch = tiny_vae(LATENTS[0]), pictures()
    spy: Estimator = Spy(LATENTS[0], PIXELS)
    vae.loss(batch, [spy])
    torch.testing.assert_close(seen[0], batch.x - 0.3)


@pytest.mark.parametrize("latent", LATENTS, ids=repr)
def test_pictures_are_probabilities(latent: Latent):
    vae = tiny_vae(latent, hidden=[5], layers=2, reconstruction=GaussianLikelihood(0.3))
    strips = vae.gallery(pictures(4), 4)
    assert set(strips) == {"samples", "reconstructions"}
    for strip in (*strips.values(), vae.samples(4), vae.reconstruct(pictures(4))):
        assert strip.shape == (4, PIXELS)
        assert ((strip >= 0) & (strip <= 1)).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"prior": "improper"}, "task.prior='improper': choose one of learned, uniform"),
        ({"kl": "guessed"}, "task.kl='guessed': choose one of analytic, sampled"),
        ({"hidden": [0]}, "task.hidden=[0]: every hidden layer needs at least 1 unit"),
        ({"layers": 0}, "task.layers=0: a VAE needs at least 1 stochastic layer"),
        ({"activation": "step"}, "task.activation='step': choose one of leaky_relu, relu, softplus, tanh"),
    ],
)
def test_a_wrong_option_is_refused_with_the_valid_ones(options: dict[str, object], message: str):
    with pytest.raises(ValueError) as error:  # noqa: PT011 - compared below, brackets and all
        tiny_vae(LATENTS[0], **options)
    assert str(error.value) == message
