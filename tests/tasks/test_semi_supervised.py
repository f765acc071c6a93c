from __future__ import annotations

from functools import partial

import pytest
import torch
from torch import Tensor

from estimators import Latent
from estimators.exact import Enumeration
from estimators.multi_sample import VIMCO
from tasks.batches import Batch
from tasks.bounds import bounds, evaluate
from tasks.class_networks import DenseNetworks
from tasks.semi_supervised import SemiSupervised
from tests.tasks.exact_gradients import LARGEST_SCORE, each_once, estimators_for, gradient, largest_score

PIXELS, K = 6, 3
CLASS = Latent("categorical", n=1, k=K)


def tiny_model(alpha: float = 2.0, labelled_weight: float = 0.5, **options: object) -> SemiSupervised:
    torch.manual_seed(0)
    networks = partial(DenseNetworks, hidden=[5])
    mean = torch.linspace(0.2, 0.7, PIXELS)
    model = SemiSupervised(CLASS, mean, alpha, labelled_weight, codes=2, networks=networks, **options)  # type: ignore[arg-type]
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return model.double()


def images(count: int, labels: int = 0) -> Batch:
    generator = torch.Generator().manual_seed(2)
    x = torch.randint(0, 2, (count, PIXELS), generator=generator).double()
    return Batch(x, torch.arange(labels) % K if labels else None)


def bound_with_class(model: SemiSupervised, x: Tensor, y: Tensor, draws: int) -> Tensor:
    """Monte Carlo estimate of L(x, y), with distributions of torch, ``[B]``."""
    mean, log_scale = model.networks.infer(model.networks.features(x - model.pixel_mean), y)
    q = torch.distributions.Normal(mean, log_scale.exp())
    z = q.sample((draws,))
    pixels = torch.distributions.Bernoulli(logits=model.networks.generate(y.expand(draws, -1, -1), z))
    prior = torch.distributions.Normal(torch.zeros_like(mean), 1.0)
    log_weight = pixels.log_prob(x).sum(-1) + (prior.log_prob(z) - q.log_prob(z)).sum(-1)
    return -log_weight.mean(0) + torch.log(torch.tensor(float(K)))


def test_without_labels_the_loss_is_the_bound_with_the_class_marginalised():
    model, batch = tiny_model(), images(4)
    torch.manual_seed(0)
    log_q = torch.log_softmax(model.networks.classify(batch.x - model.pixel_mean), dim=-1)
    expected = torch.zeros(4).double()
    for label in range(K):
        y = torch.eye(K).double()[label].expand(4, K)
        expected += log_q[:, label].exp() * (bound_with_class(model, batch.x, y, 20_000) + log_q[:, label])
    torch.testing.assert_close(mean_loss(model, batch), expected.detach(), atol=0.05, rtol=0)


def mean_loss(model: SemiSupervised, batch: Batch, draws: int = 4000) -> Tensor:
    """Of each example, ``[B]``."""
    repeated = Batch(batch.x.repeat(draws, 1), None if batch.y is None else batch.y.repeat(draws))
    return model.loss(repeated, [Enumeration(CLASS)]).value.unflatten(0, (draws, -1)).mean(0)


def test_with_labels_the_loss_is_the_weighted_bound_and_cross_entropy():
    model, batch = tiny_model(alpha=3.0, labelled_weight=0.5), images(4, labels=4)
    assert batch.y is not None
    torch.manual_seed(0)
    y = torch.eye(K).double()[batch.y]
    cross_entropy = torch.nn.functional.cross_entropy(
        model.networks.classify(batch.x - model.pixel_mean), batch.y, reduction="none"
    )
    expected = 0.5 * bound_with_class(model, batch.x, y, 20_000) + 3.0 * cross_entropy
    torch.testing.assert_close(mean_loss(model, batch), expected.detach(), atol=0.05, rtol=0)


def test_rows_behind_the_labels_are_treated_as_unlabelled():
    model, batch = tiny_model(alpha=0.0, labelled_weight=0.0), images(5, labels=2)
    estimate = model.loss(batch, [Enumeration(CLASS)])
    assert estimate.value.shape == estimate.surrogate.shape == (5,)
    assert estimate.value[:2].tolist() == [0.0, 0.0]
    assert (estimate.value[2:] > 0).all()


@pytest.fixture(scope="module")
def marginalised() -> Tensor:
    """The gradient of one image, with the noise of z, which is small against that of the class."""
    repeated = Batch(images(1).x.repeat(200_000, 1), None)
    torch.manual_seed(1)
    return gradient(tiny_model(), [Enumeration(CLASS)], repeated)


@pytest.mark.parametrize(("latent", "name"), each_once(CLASS, tasks=6, number=5))
def test_unbiased_estimators_of_the_class_agree_with_marginalising_it(marginalised: Tensor, latent: Latent, name: str):
    model = tiny_model()
    assert largest_score(model, estimators_for(name, model), marginalised, images(1)) < LARGEST_SCORE


def test_the_bounds_order_and_the_accuracy_is_that_of_the_likeliest_class():
    model, batch = tiny_model(), images(60, labels=60)
    assert batch.y is not None
    scores = evaluate(model, batch, samples=50)
    assert scores["negative_elbo"] > scores["negative_bound"]
    likeliest = model.networks.classify(batch.x - model.pixel_mean).argmax(-1)
    assert scores["accuracy"] == pytest.approx((likeliest == batch.y).double().mean().item())
    assert "accuracy" not in evaluate(model, images(60), samples=1)


def test_the_single_sample_bound_is_the_mean_of_the_unlabelled_loss():
    model, batch = tiny_model(), images(3)
    repeated = Batch(batch.x.repeat(20_000, 1), None)
    torch.manual_seed(0)
    loss = model.loss(repeated, [Enumeration(CLASS)]).value.mean().item()
    assert bounds(model, repeated, samples=1).negative_elbo == pytest.approx(loss, abs=0.05)


def test_vimco_has_the_negative_bound_as_its_value():
    model, batch = tiny_model(), images(3)
    repeated = Batch(batch.x.repeat(20_000, 1), None)
    torch.manual_seed(0)
    value = model.loss(repeated, [VIMCO(CLASS, samples=5)]).value.mean().item()
    assert value == pytest.approx(bounds(model, repeated, samples=5).negative_bound, abs=0.05)


def test_the_gallery_shows_one_style_in_every_class():
    strip = tiny_model().float().gallery(images(5), 5)["classes"]
    assert strip.shape == (5, PIXELS)
    assert not torch.allclose(strip[0], strip[1])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"alpha": -1.0}, "alpha=-1.0: it must be a number of at least 0"),
        ({"alpha": float("nan")}, "alpha=nan: it must be a number of at least 0"),
        ({"labelled_weight": -0.1}, "labelled_weight=-0.1: it must be a number of at least 0"),
    ],
)
def test_wrong_weights_are_refused(options: dict[str, float], message: str):
    with pytest.raises(ValueError) as error:  # noqa: PT011 - compared below
        tiny_model(**options)
    assert str(error.value) == message


@pytest.mark.parametrize("latent", [Latent("bernoulli", n=1), Latent("categorical", n=2, k=3)], ids=repr)
def test_the_class_must_be_one_categorical_variable(latent: Latent):
    with pytest.raises(ValueError, match=r"latent=Latent.*family=categorical and n=1"):
        SemiSupervised(latent, torch.full((PIXELS,), 0.5), alpha=1.0)
