from __future__ import annotations

import itertools
from itertools import pairwise

import pytest
import torch
from torch import Tensor

from estimators import Cost, Distribution, Estimate, Latent, ReweightedWakeSleep
from estimators.exact import Enumeration, LocalExpectation
from estimators.multi_sample import VIMCO
from tasks.batches import Batch
from tasks.bounds import bounds
from tasks.sbn import SBN
from tests.crossing import each_value, one_in
from tests.tasks.exact_gradients import LARGEST_SCORE, each_once, estimators_for, gradient, largest_score

LATENTS = [Latent("bernoulli", n=2), Latent("categorical", n=1, k=3)]
PIXELS = 6


def tiny_sbn(latent: Latent, **options: object) -> SBN:
    torch.manual_seed(0)
    sbn = SBN(latent, pixel_mean=torch.linspace(0.2, 0.7, PIXELS), **options).double()  # type: ignore[arg-type]
    for parameter in sbn.parameters():
        torch.nn.init.normal_(parameter)
    return sbn


def images(count: int = 1) -> Batch:
    return Batch(torch.randint(0, 2, (count, PIXELS), generator=torch.Generator().manual_seed(2)).double(), None)


def exact_terms(sbn: SBN, x: Tensor) -> tuple[Tensor, Tensor]:
    """log q(z_1, ... | x) and log p(y | z_L) for all codes of the layers, on its own: ``[codes, B]`` each."""
    log_q, log_likelihood = [], []
    for codes in itertools.product(sbn.hidden_layer(x).support(), repeat=len(sbn.latents)):
        inner = [sbn.hidden_layer(below, layer + 1).log_prob(z) for layer, (below, z) in enumerate(pairwise(codes))]
        log_q.append(sbn.hidden_layer(x).log_prob(codes[0]) + torch.stack(inner).sum(0))
        probs = torch.sigmoid(sbn.predict(codes[-1]))
        log_likelihood.append(torch.distributions.Bernoulli(probs=probs).log_prob(x[:, 3:]).sum(-1))
    return torch.stack(log_q), torch.stack(log_likelihood)


@pytest.mark.parametrize("layers", [2, 3])
@pytest.mark.parametrize("latent", LATENTS, ids=repr)
def test_the_loss_under_enumeration_is_the_expected_negative_log_likelihood(latent: Latent, layers: int):
    sbn, batch = tiny_sbn(latent, layers=layers), images(4)
    log_q, log_likelihood = exact_terms(sbn, batch.x)
    expected = -(log_q.exp() * log_likelihood).sum(0)
    estimate = sbn.loss(batch, [Enumeration(latent) for _ in range(layers)])
    torch.testing.assert_close(estimate.value, expected.detach())


@pytest.mark.parametrize("layers", one_in(2, [2, 3]))
@pytest.mark.parametrize(("latent", "name"), each_once(*LATENTS, tasks=2, number=0))
def test_unbiased_estimators_nest_to_the_exact_gradient_of_every_parameter(latent: Latent, name: str, layers: int):
    sbn, batch = tiny_sbn(latent, layers=layers), images()
    exact = gradient(sbn, [Enumeration(latent) for _ in range(layers)], batch)
    assert largest_score(sbn, estimators_for(name, sbn), exact, batch) < LARGEST_SCORE


class Weakened(LocalExpectation):
    """Follows nine tenths of the gradient of its layer."""

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        return super().forward(type(q)(logits=0.9 * q.logits + 0.1 * q.logits.detach()), cost, context)


@pytest.mark.parametrize(("latent", "weak_layer"), each_value(LATENTS, [0, 1]))
def test_a_gradient_that_is_a_tenth_too_small_in_one_layer_is_noticed(latent: Latent, weak_layer: int):
    sbn, batch = tiny_sbn(latent), images()
    exact = gradient(sbn, [Enumeration(latent), Enumeration(latent)], batch)
    estimators = [Weakened(latent) if layer == weak_layer else LocalExpectation(latent) for layer in range(2)]
    assert largest_score(sbn, estimators, exact, batch) > LARGEST_SCORE


@pytest.mark.parametrize(("latent", "layers"), each_value(LATENTS, [2, 3]))
def test_vimco_follows_the_two_sample_bound_of_all_layers_together(latent: Latent, layers: int):
    sbn, batch = tiny_sbn(latent, layers=layers), images()
    log_q, log_likelihood = exact_terms(sbn, batch.x)
    both = log_q[:, None] + log_q[None]
    bound = torch.logaddexp(log_likelihood[:, None], log_likelihood[None]) - torch.log(torch.tensor(2.0))
    objective = -(both.exp() * bound).sum(dim=(0, 1)).mean()
    parameters = [p for p in sbn.parameters() if p.requires_grad]
    exact = torch.cat([part.flatten() for part in torch.autograd.grad(objective, parameters)])
    estimators = [VIMCO(latent, samples=2) for _ in range(layers)]
    assert largest_score(sbn, estimators, exact, batch) < LARGEST_SCORE


@pytest.mark.parametrize("latent", LATENTS, ids=repr)
def test_reweighted_wake_sleep_trains_layers_that_are_their_own_prior_once(latent: Latent):
    """With many samples, by the gradient of log p(y | x) for every parameter."""
    sbn, batch = tiny_sbn(latent), images()
    log_q, log_likelihood = exact_terms(sbn, batch.x)
    objective = -torch.logsumexp(log_q + log_likelihood, 0).mean()
    exact = torch.autograd.grad(objective, list(sbn.parameters()))
    estimators = [ReweightedWakeSleep(latent, samples=256) for _ in sbn.latents]
    torch.manual_seed(0)
    loss = sbn.loss(Batch(batch.x.expand(1_000, -1), None), estimators).surrogate.mean()
    for found, right in zip(torch.autograd.grad(loss, list(sbn.parameters())), exact, strict=True):
        assert (found - right).norm() < 0.1 * right.norm()


@pytest.mark.parametrize("layers", one_in(2, [2, 3]))
@pytest.mark.parametrize("latent", one_in(2, LATENTS), ids=repr)
def test_the_bound_approaches_the_exact_likelihood_of_the_lower_half(latent: Latent, layers: int):
    sbn, batch = tiny_sbn(latent, layers=layers), images(400)
    log_q, log_likelihood = exact_terms(sbn, batch.x)
    exact = -torch.logsumexp(log_q + log_likelihood, dim=0).mean().item()
    torch.manual_seed(0)
    elbo, few = bounds(sbn, batch, samples=10)
    assert elbo > few > exact
    assert bounds(sbn, batch, samples=2_000).negative_bound == pytest.approx(exact, abs=5e-3)


def test_the_lower_half_has_no_influence_on_the_codes():
    sbn, batch = tiny_sbn(LATENTS[0]), images()
    other = batch.x.clone()
    other[:, 3:] = 1 - other[:, 3:]
    torch.testing.assert_close(sbn.hidden_layer(other).logits, sbn.hidden_layer(batch.x).logits)


def test_completions_keep_the_upper_half_that_is_given():
    sbn, batch = tiny_sbn(Latent("bernoulli", n=20)), images(4)
    strip = sbn.gallery(batch, 6)["completions"]
    assert strip.shape == (6, PIXELS)
    torch.testing.assert_close(strip[[0, 3]], batch.x[:2])
    torch.testing.assert_close(strip[:, :3], batch.x[[0, 0, 0, 1, 1, 1], :3])
    assert not torch.equal(strip[1], strip[2])


@pytest.mark.parametrize("layers", [0, 51])
def test_a_number_of_stochastic_layers_that_cannot_be_is_refused(layers: int):
    with pytest.raises(ValueError, match=f"layers={layers}: 1 to 50 stochastic layers"):
        tiny_sbn(LATENTS[0], layers=layers)


@pytest.mark.parametrize("latent", [Latent("bernoulli", n=200), Latent("categorical", n=20, k=10)], ids=repr)
def test_the_weights_are_those_of_float64_at_the_same_codes(latent: Latent):
    torch.manual_seed(0)
    x = torch.rand(3, 784).round()
    sbn = SBN(latent, pixel_mean=torch.rand(784))
    torch.manual_seed(1)
    found = sbn.log_weights(Batch(x, None), 50)
    torch.manual_seed(1)
    z = sbn.last_code(x, 50).double()
    torch.testing.assert_close(found.double(), -sbn.double().energy(x.double(), z), rtol=1e-6, atol=0)
