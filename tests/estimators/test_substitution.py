"""A sample whose gradient is an estimator's, for models that only backpropagate."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

import estimators
from estimators import Latent, NotApplicable, Substitution, substitution
from estimators.catalogue import configurations
from estimators.latents import Family


def substitutions() -> list[tuple[str, Family]]:
    found: list[tuple[str, Family]] = []
    for name, node in configurations().items():
        for latent in (Latent("bernoulli", 4), Latent("categorical", 1, 3)):
            try:
                if isinstance(estimators.build(node, latent=latent), Substitution):
                    found.append((name, latent.family))
            except NotApplicable:
                pass
    return found


def test_the_relaxations_and_straight_through_estimators_are_of_this_kind():
    assert {name for name, _ in substitutions()} == {
        "argmax_straight_through",
        "darn",
        "decoupled_st_gumbel_softmax",
        "gapped_straight_through",
        "gumbel_rao",
        "gumbel_softmax",
        "hard_concrete",
        "mean_field",
        "mve",
        "redge",
        "reinmax",
        "slope_annealed_straight_through",
        "spike_and_exponential",
        "st_gumbel_softmax",
        "straight_through",
    }


@pytest.mark.parametrize(("name", "family"), substitutions())
def test_a_sample_backpropagates_the_gradient_of_its_estimator(name: str, family: Family):
    shape, n, k = ((6, 4), 4, 2) if family == "bernoulli" else ((6, 1, 3), 1, 3)
    weights = torch.randn(shape[1:])
    gradients = []
    for way in ("sample", "estimate"):
        logits = torch.linspace(-2, 2, 6 * n * (1 if family == "bernoulli" else k)).view(shape).requires_grad_()
        torch.manual_seed(0)
        if way == "sample":
            z = estimators.sample(logits, name, family=family, step=700)
            assert z.shape == logits.shape
            (z * weights).square().sum().backward()
        else:
            estimator = estimators.make(name, family=family, n=n, k=k)
            estimator.set_step(700)
            q = estimator.latent(logits.flatten(1))
            estimator(q, lambda z: (z * weights).square().flatten(1).sum(1)).surrogate.sum().backward()
        assert logits.grad is not None
        gradients.append(logits.grad)
    torch.testing.assert_close(*gradients)


def test_any_leading_dimensions_are_examples():
    z = estimators.sample(torch.zeros(2, 5, 20, 10), "straight_through", family="categorical")
    assert z.shape == (2, 5, 20, 10)
    assert torch.equal(z.sum(-1), torch.ones(2, 5, 20))


def test_settings_take_the_place_of_the_configured_ones():
    torch.manual_seed(0)
    logits = torch.zeros(200, 5)
    sharp, soft = (
        estimators.sample(logits, "gumbel_softmax", family="categorical", temperature=t) for t in (0.01, 9.0)
    )
    assert sharp.amax(-1).mean() > 0.95
    assert soft.amax(-1).mean() < 0.4


def test_a_setting_may_be_a_list():
    z = estimators.sample(torch.zeros(500, 5), "hard_concrete", family="bernoulli", stretch=[-9.0, 10.0])
    assert ((z == 0) | (z == 1)).float().mean() > 0.9


def test_a_schedule_follows_the_step():
    logits = torch.zeros(500, 5)
    early, late = [], []
    for found, step in ((early, 0), (late, 10_000)):
        torch.manual_seed(0)
        found.append(estimators.sample(logits, "gumbel_softmax", family="categorical", step=step).amax(-1).mean())
    assert late[0] > early[0] + 0.05


@pytest.mark.parametrize("name", ["reinmax", pytest.param("gumbel_softmax", marks=pytest.mark.slow)])
def test_a_model_that_samples_compiles_as_one_graph(name: str, monkeypatch: pytest.MonkeyPatch):
    """Also where the first call is a compiled one, so that the estimator is built during tracing."""
    monkeypatch.setattr(substitution, "_MADE", {})
    torch.compiler.reset()

    def model(logits: Tensor, step: int) -> Tensor:
        return estimators.sample(logits, name, family="categorical", step=step).square() @ torch.arange(5.0)

    compiled = torch.compile(model, backend="aot_eager", fullgraph=True)
    for step in (0, 5_000):
        found = []
        for call in (compiled, model):
            logits = torch.linspace(-1, 1, 35).view(7, 5).requires_grad_()
            torch.manual_seed(0)
            found += torch.autograd.grad(call(logits, step).sum(), logits)
        torch.testing.assert_close(*found)


@pytest.mark.parametrize("name", ["nvil", "rloo", "rebar", "enumeration"])
def test_an_estimator_that_needs_the_cost_says_so(name: str):
    with pytest.raises(ValueError, match=f"{name}: it needs the cost"):
        estimators.sample(torch.zeros(3, 4), name, family="bernoulli")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"logits": [0.5, 0.5]}, "logits: a floating-point tensor with at least one dimension is needed, not list"),
        ({"logits": torch.tensor([0, 1])}, r"logits: .* is needed, not torch.int64, \(2,\)"),
        ({"name": ["reinmax"]}, r"name=\['reinmax'\]: text is needed"),
        ({"family": ["bernoulli"]}, r"family=\['bernoulli'\]: choose one of bernoulli, categorical"),
        ({"step": 1.5}, "step=1.5: an integer of at least 0 is needed"),
        ({"temperature": {"rate": 1}}, "temperature={'rate': 1}: a number of at least 1 is needed"),
        ({"temprature": 1}, "temprature: reinmax has no such setting. Valid: temperature"),
    ],
)
def test_a_wrong_argument_is_named_with_what_is_valid(changed: dict[str, Any], message: str):
    arguments: dict[str, Any] = {"logits": torch.zeros(2), "name": "reinmax", "family": "bernoulli"} | changed
    with pytest.raises((TypeError, ValueError), match=message):
        estimators.sample(**arguments)
