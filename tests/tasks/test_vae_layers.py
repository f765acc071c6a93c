"""VAEs with two and three stochastic layers, with an analytic and with a sampled KL, against sums over every code."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import Tensor

from estimators import Deeper, Estimate, Estimator, Latent, NotApplicable
from estimators.exact import Enumeration
from estimators.multi_sample import VIMCO
from estimators.score_function import NVIL
from tasks.batches import Batch
from tasks.bounds import bounds
from tasks.vae import VAE
from tests.crossing import each_value, halved, one_in
from tests.tasks.exact_gradients import LARGEST_SCORE, estimators_for, gradient, largest_score
from tests.tasks.tiny_vae import LATENTS, images, tiny_vae

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


@pytest.mark.parametrize(("latent", "layers", "kl"), halved(SEVERAL_LAYERS, [2, 3], ["analytic", "sampled"]))
def test_layers_under_enumeration_have_the_gradient_of_the_negative_elbo(latent: Latent, layers: int, kl: str):
    vae, batch = coupled_vae(latent, layers, kl), images()
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


@pytest.mark.parametrize(
    ("latent", "deeper", "layers", "kl"),
    halved(SEVERAL_LAYERS, ["mean", "relaxed"], [2, 3], ["analytic", "sampled"]),
)
def test_layers_inside_a_control_variate_are_differentiated_as_the_function_they_are(
    latent: Latent, deeper: Deeper, layers: int, kl: str
):
    vae = coupled_vae(latent, layers, kl)

    def following_layers(z: Tensor) -> Tensor:
        torch.manual_seed(0)
        return Estimate.of(vae.layer_loss(1, z, estimators_for("rebar", vae), deeper)).surrogate

    z = torch.rand(2, *latent.shape, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(following_layers, z)


@pytest.mark.parametrize("layers", one_in(2, [2, 3]))
@pytest.mark.parametrize(
    ("name", "latent", "kl"),
    each_value(
        ["nvil", "rloo", "muprop", "rebar", "relax", "local_expectation", "disarm"],
        SEVERAL_LAYERS,
        ["analytic", "sampled"],
    ),
)
def test_unbiased_estimators_nest_to_the_exact_gradient_of_every_parameter(
    latent: Latent, name: str, layers: int, kl: str
):
    vae, batch = coupled_vae(latent, layers, kl), images(1)
    try:
        estimators = estimators_for(name, vae)
    except NotApplicable:
        assert name == "disarm"
        pytest.skip("it does not exist for this layer")
    exact = gradient(vae, [Enumeration(latent) for latent in vae.latents], batch)
    assert largest_score(vae, estimators, exact, batch) < LARGEST_SCORE


@pytest.mark.parametrize(("latent", "kl"), each_value(SEVERAL_LAYERS, ["analytic", "sampled"]))
@pytest.mark.parametrize("layers", one_in(2, [2, 3]))
def test_vimco_follows_the_two_sample_bound_of_all_layers_together(latent: Latent, layers: int, kl: str):
    vae, batch = tiny_vae(latent, layers=layers, kl=kl), images(1)
    log_q, log_p = exact_terms(vae, batch.x)
    weights = log_p - log_q
    bound = torch.logaddexp(weights[:, None], weights[None]) - torch.log(torch.tensor(2.0))
    objective = -((log_q[:, None] + log_q[None]).exp() * bound).sum(dim=(0, 1)).mean()
    parameters = [p for p in vae.parameters() if p.requires_grad]
    exact = torch.cat([part.flatten() for part in torch.autograd.grad(objective, parameters)])
    estimators = [VIMCO(latent, samples=2) for _ in range(layers)]
    assert largest_score(vae, estimators, exact, batch) < LARGEST_SCORE


@pytest.mark.parametrize("layers", one_in(2, [2, 3]))
@pytest.mark.parametrize("latent", one_in(2, reversed(SEVERAL_LAYERS)), ids=repr)
def test_bounds_of_several_layers_approach_the_exact_likelihood(latent: Latent, layers: int):
    vae, batch = tiny_vae(latent, layers=layers), images(100)
    exact = -torch.logsumexp(exact_terms(vae, batch.x)[1], dim=0).mean().item()
    torch.manual_seed(0)
    elbo, many = bounds(vae, batch, samples=5000)
    assert elbo > many
    assert many == pytest.approx(exact, abs=1e-2)


@pytest.mark.parametrize("layers", [1, pytest.param(2, marks=pytest.mark.slow), 3])
def test_a_normalised_signal_scales_every_layers_kl_alike(layers: int):
    vae, batch = tiny_vae(LATENTS[0], layers=layers), images()
    estimators = estimators_for("nvil", vae)
    for estimator in estimators:
        assert isinstance(estimator, NVIL)
        estimator.baseline.moments.averages.copy_(torch.tensor([1.0, 0.0, 4.0]))
    encoder = list(vae.encoders[layers - 1].parameters())

    def mean_gradient(estimators: list[Estimator], batch: Batch) -> Tensor:
        torch.manual_seed(0)
        loss = vae.loss(batch, estimators).surrogate.mean()
        return torch.cat([part.flatten() for part in torch.autograd.grad(loss, encoder)])

    exact = mean_gradient([Enumeration(latent) for latent in vae.latents], batch)
    repeated = Batch(batch.x.repeat(20_000, 1), None)
    torch.testing.assert_close(2 * mean_gradient(estimators, repeated), exact, atol=0.03, rtol=0)
