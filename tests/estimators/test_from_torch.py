"""Distributions of PyTorch as those of a layer, and back."""

from __future__ import annotations

import pytest
import torch
from torch import distributions

from estimators import Bernoulli, Categorical, Distribution, Latent, from_torch, make

BITS = torch.randn(5, 3, generator=torch.Generator().manual_seed(0))
CLASSES = torch.randn(5, 3, 4, generator=torch.Generator().manual_seed(0))
BOTH = pytest.mark.parametrize("q", [Bernoulli(logits=BITS), Categorical(logits=CLASSES)], ids=["bits", "classes"])


@BOTH
def test_there_and_back_is_the_same_distribution(q: Distribution):
    back = from_torch(q.to_torch())
    assert type(back) is type(q)
    assert (back.batch_shape, back.event_shape) == (q.batch_shape, q.event_shape)
    torch.testing.assert_close(back.log_mean, q.log_mean)


@BOTH
def test_values_in_pytorch_are_codes(q: Distribution):
    there = q.to_torch()
    z = there.sample((7,))
    assert (there.batch_shape, there.event_shape) == (q.batch_shape, q.event_shape)
    torch.testing.assert_close(there.log_prob(z), q.log_prob(z))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (distributions.Bernoulli(logits=BITS), Bernoulli(logits=BITS)),
        (distributions.Bernoulli(probs=BITS.sigmoid()), Bernoulli(logits=BITS)),
        (distributions.Categorical(logits=CLASSES), Categorical(logits=CLASSES)),
        (distributions.Categorical(probs=CLASSES.softmax(-1)), Categorical(logits=CLASSES)),
        (distributions.OneHotCategorical(logits=CLASSES), Categorical(logits=CLASSES)),
        (distributions.Independent(distributions.Bernoulli(logits=BITS), 1), Bernoulli(logits=BITS)),
        (distributions.Independent(distributions.Categorical(logits=CLASSES), 1), Categorical(logits=CLASSES)),
        (distributions.Independent(distributions.OneHotCategorical(logits=CLASSES), 0), Categorical(logits=CLASSES)),
    ],
    ids=lambda given: str(given) if isinstance(given, distributions.Distribution) else "",
)
def test_each_kind_has_the_probabilities_that_it_has_in_pytorch(
    given: distributions.Distribution, expected: Distribution
):
    q = from_torch(given)
    assert type(q) is type(expected)
    assert (q.batch_shape, q.event_shape) == (expected.batch_shape, expected.event_shape)
    torch.testing.assert_close(q.mean, expected.mean)


def test_gradients_flow_to_the_logits_both_ways():
    logits = CLASSES.clone().requires_grad_()
    there = distributions.OneHotCategorical(logits=logits)
    estimator = make("rloo", family="categorical", n=3, k=4)
    estimator(from_torch(there), lambda z: z.square().sum((-2, -1)) * z[..., 0, 0]).surrogate.sum().backward()
    assert logits.grad is not None
    assert logits.grad.norm() > 0
    back = CLASSES.clone().requires_grad_()
    Categorical(logits=back).to_torch().entropy().sum().backward()
    assert back.grad is not None
    assert back.grad.norm() > 0


@pytest.mark.parametrize("given", [distributions.Normal(0.0, 1.0), BITS, Bernoulli(logits=BITS)])
def test_others_are_refused(given: object):
    with pytest.raises(
        TypeError, match="pass a Bernoulli, Categorical or OneHotCategorical, or an Independent of one, not"
    ):
        from_torch(given)  # type: ignore[arg-type]


def test_a_distribution_without_a_dimension_for_variables_is_refused():
    for given in (distributions.Bernoulli(logits=BITS[0, 0]), distributions.OneHotCategorical(logits=CLASSES[0, 0])):
        with pytest.raises(ValueError, match="no dimension for the variables of a layer: unsqueeze its logits"):
            from_torch(given)
    with pytest.raises(ValueError, match="reinterpreted_batch_ndims=2, but the variables of a layer are one dimension"):
        from_torch(distributions.Independent(distributions.Bernoulli(logits=BITS), 2))


def test_logits_are_given_by_name():
    with pytest.raises(TypeError):
        Bernoulli(BITS.sigmoid())  # type: ignore[misc]
    with pytest.raises(TypeError):
        Categorical(probs=CLASSES.softmax(-1))  # type: ignore[call-arg]


def test_a_layer_takes_what_fits_its_shape():
    q = from_torch(distributions.Categorical(logits=CLASSES))
    assert Latent("categorical", 3, 4).shape == q.event_shape
    estimator = make("rloo", family="categorical", n=1, k=4)
    with pytest.raises(ValueError, match=r"q has categorical codes of shape \(3, 4\), but the estimator was built for"):
        estimator(q, lambda z: z.sum((-2, -1)))
