from __future__ import annotations

import pytest
import torch
from torch import Tensor

from estimators import Latent
from estimators.exact import Enumeration
from tasks.batches import Batch
from tasks.bounds import bounds
from tasks.embedding import EmbeddingVAE
from tests.tasks.exact_gradients import LARGEST_SCORE, each_once, estimators_for, gradient, largest_score

PIXELS, K = 6, 4
CODE = Latent("categorical", n=1, k=K)


def tiny_model() -> EmbeddingVAE:
    torch.manual_seed(0)
    model = EmbeddingVAE(CODE, torch.linspace(0.2, 0.7, PIXELS), features=3)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return model.double()


def images(count: int = 5) -> Batch:
    return Batch(torch.randint(0, 2, (count, PIXELS), generator=torch.Generator().manual_seed(2)).double(), None)


def negative_elbo(model: EmbeddingVAE, x: Tensor) -> Tensor:
    """With distributions of torch and a sum over the classes, ``[B]``."""
    q = torch.distributions.Categorical(logits=model.posterior(x).logits.squeeze(-2))
    total = torch.distributions.kl_divergence(q, torch.distributions.Categorical(logits=torch.zeros_like(q.logits)))
    for code in range(K):
        pixels = torch.distributions.Bernoulli(logits=model.decoder(model.table[code]))
        total = total - q.probs[:, code] * pixels.log_prob(x).sum(-1)
    return total


def test_the_loss_is_the_bound_summed_over_the_classes():
    model, batch = tiny_model(), images()
    estimate = model.loss(batch, [Enumeration(CODE)])
    expected = negative_elbo(model, batch.x)
    torch.testing.assert_close(estimate.value, expected.detach())
    found = gradient(model, [Enumeration(CODE)], batch)
    exact = torch.autograd.grad(expected.mean(), list(model.parameters()))
    torch.testing.assert_close(found, torch.cat([part.flatten() for part in exact]))


def test_the_bound_of_many_samples_is_the_likelihood():
    model, batch = tiny_model(), images()
    pixels = torch.distributions.Bernoulli(logits=model.decoder(model.table))
    log_joint = pixels.log_prob(batch.x[:, None]).sum(-1) - torch.tensor(float(K)).log()
    torch.manual_seed(0)
    bound = bounds(model, batch, samples=20_000).negative_bound
    assert bound == pytest.approx(-torch.logsumexp(log_joint, dim=-1).mean().item(), abs=0.02)


@pytest.mark.parametrize(("latent", "name"), each_once(CODE, tasks=6, number=1))
def test_unbiased_estimators_follow_the_exact_gradient(latent: Latent, name: str):
    model, batch = tiny_model(), images(2)
    exact = gradient(model, [Enumeration(latent)], batch)
    assert largest_score(model, estimators_for(name, model), exact, batch) < LARGEST_SCORE


@pytest.mark.parametrize("name", ["reinforce", "enumeration", "rebar", "muprop", "vimco", "straight_through"])
def test_looking_rows_up_changes_no_number(name: str, monkeypatch: pytest.MonkeyPatch):
    model, batch = tiny_model(), images()
    estimators = estimators_for(name, model)
    looked_up: list[int] = []
    lookup = model.lookup

    def counted(z: Tensor) -> Tensor:
        looked_up.append(1)
        return lookup(z)

    found = []
    for row in (counted, model.product):
        monkeypatch.setattr(model, "lookup", row)
        torch.manual_seed(3)
        found.append(gradient(model, estimators, batch))
    torch.testing.assert_close(*found)
    assert bool(looked_up) == estimators[0].hard_codes == (name != "straight_through")


def test_the_size_grows_with_the_columns_of_the_tables_and_not_with_the_pixels():
    def size(k: int) -> int:
        model = EmbeddingVAE(Latent("categorical", n=1, k=k), torch.full((784,), 0.5), features=8)
        return sum(parameter.numel() for parameter in model.parameters())

    assert size(1000) - size(10) == 990 * (8 + 8 + 1)


def test_what_is_no_single_categorical_variable_is_refused():
    with pytest.raises(ValueError, match=r"latent=.*family=categorical and n=1"):
        EmbeddingVAE(Latent("categorical", n=2, k=3), torch.full((6,), 0.5))
    with pytest.raises(ValueError, match=r"features=0: at least 1"):
        EmbeddingVAE(CODE, torch.full((6,), 0.5), features=0)
