"""Inputs that every estimator refuses, since they would be broadcast silently to another gradient."""

from __future__ import annotations

import copy
import itertools
import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from estimators import Bernoulli, Categorical, Cost, Deeper, Distribution, Estimate, Latent, Substitution
from tests.estimators.every_estimator import BATCH, CONTEXT_SIZE, decoder, every_pair_in_turns, inputs, loss, made

WRONG: dict[str, Callable[[Tensor], Tensor]] = {
    "mean over everything": lambda costs: costs.mean(),
    "mean over the batch": lambda costs: costs.mean(-1),
    "a column": lambda costs: costs.unsqueeze(-1),
    "a row": lambda costs: costs.unsqueeze(0),
}


@every_pair_in_turns
def test_a_cost_without_one_number_per_code_is_refused_with_both_shapes(name: str, latent: Latent):
    right, estimator = decoder(latent), made(name, latent)
    logits, context = inputs(latent)
    for training, (kind, wrong), as_estimate in itertools.product((True, False), WRONG.items(), (True, False)):
        shapes: list[tuple[int, ...]] = []

        def cost(
            z: Tensor,
            deeper: Deeper = "sample",
            wrong: Callable[[Tensor], Tensor] = wrong,
            as_estimate: bool = as_estimate,
            shapes: list[tuple[int, ...]] = shapes,
        ) -> Tensor | Estimate:
            costs = Estimate.of(right(z)).surrogate
            shapes.extend([tuple(z.shape), tuple(wrong(costs).shape), tuple(costs.shape)])
            return Estimate.of(wrong(costs)) if as_estimate else wrong(costs)

        with pytest.raises(ValueError, match="one number per") as refused:
            estimator.train(training)(latent(logits), cost, context)
        assert all(str(shape) in str(refused.value) for shape in shapes[-3:]), kind


@every_pair_in_turns
def test_a_mean_over_samples_is_refused(name: str, latent: Latent):
    right = decoder(latent)

    def cost(z: Tensor, deeper: Deeper = "sample") -> Tensor:
        costs = Estimate.of(right(z)).surrogate
        return costs.flatten(0, -2).mean(0) if costs.ndim > 1 else costs

    estimator = made(name, latent)
    logits, context = inputs(latent)
    if estimator.cost_evaluations == 1 or name in ("muprop", "bit_flip", "resample_one"):  # at one code a call
        assert estimator(latent(logits), cost, context).value.shape == (BATCH,)
    else:
        with pytest.raises(ValueError, match=rf"has shape \({BATCH},\); it must be .*, one number per code"):
            estimator(latent(logits), cost, context)


@every_pair_in_turns
def test_a_distribution_of_another_layer_is_refused_with_both_shapes(name: str, latent: Latent):
    estimator = made(name, latent)
    n, logits = latent.n, torch.randn(BATCH, latent.n + 1, 7)
    others: list[Distribution] = [
        Bernoulli(logits=logits[..., 0]),
        Categorical(logits=logits),
        Categorical(logits=logits[:, :n]),
    ]
    others.append(
        Categorical(logits=logits[:, :n, :4]) if latent.family == "bernoulli" else Bernoulli(logits=logits[:, :n, 0])
    )
    for q in others:
        shapes = (
            f"{q.family} codes of shape {tuple(q.event_shape)}, but the estimator was built for {latent.family} codes"
        )
        with pytest.raises(ValueError, match=re.escape(f"{shapes} of shape {latent.shape}")):
            estimator(q, decoder(latent), torch.randn(BATCH, CONTEXT_SIZE))


@every_pair_in_turns
def test_logits_are_no_distribution(name: str, latent: Latent):
    logits, context = inputs(latent)
    with pytest.raises(TypeError, match="q is a Tensor; it must be a distribution"):
        made(name, latent)(logits, decoder(latent), context)  # type: ignore[arg-type]


@every_pair_in_turns
def test_a_context_of_another_size_is_refused_with_both_shapes(name: str, latent: Latent):
    estimator, needed = made(name, latent), (BATCH, CONTEXT_SIZE)
    logits, _ = inputs(latent)
    for shape in [(CONTEXT_SIZE,), (BATCH, CONTEXT_SIZE + 1), (1, CONTEXT_SIZE), (BATCH - 1, CONTEXT_SIZE)]:
        both = f"the context has shape {shape}; it must be {needed}, {CONTEXT_SIZE} numbers per example"
        with pytest.raises(ValueError, match=re.escape(both)):
            estimator(latent(logits), decoder(latent), torch.randn(shape))


@every_pair_in_turns
def test_a_cost_that_changes_its_code_is_refused(name: str, latent: Latent):
    """Here or by PyTorch, which changes neither a leaf of its graph nor an expanded tensor in place."""
    right = decoder(latent)

    def cost(z: Tensor, deeper: Deeper = "sample") -> Tensor | Estimate:
        z.mul_(0.5)
        return right(z)

    logits, context = inputs(latent)
    refusal = "changes its code in place|in-place operation|in-place arithmetic|single memory location"
    for training in (True, False):
        with pytest.raises((ValueError, RuntimeError), match=refusal):
            made(name, latent).train(training)(latent(logits), cost, context)


def test_a_cost_that_returns_no_tensor_is_refused():
    latent = Latent("bernoulli", 3)
    with pytest.raises(TypeError, match=r"Reinforce: the cost returned 1\.5; it must return a tensor or an Estimate"):
        made("reinforce", latent)(latent(torch.zeros(2, 3)), lambda z, deeper="sample": 1.5)  # type: ignore[arg-type]


def gradient_for(cost: Any, name: str, latent: Latent) -> Tensor:
    torch.manual_seed(0)
    logits, context = inputs(latent)
    estimate = made(name, latent)(latent(logits), cost, context)
    assert estimate.value.is_floating_point()
    return torch.autograd.grad(loss(estimate), logits)[0]


@every_pair_in_turns
def test_a_cost_may_count_where_it_is_not_differentiated(name: str, latent: Latent):
    """Integers and booleans, such as the number of mistakes or whether there is one."""

    def ones(z: Tensor) -> Tensor:
        return latent.flatten(z)[..., ::2].detach().sum(-1).round()

    costs = {"float": ones, "integer": lambda z: ones(z).long(), "boolean": lambda z: ones(z) > 1}
    if isinstance(made(name, latent), Substitution):
        for cost in costs.values():
            with pytest.raises(ValueError, match=r"the cost is not differentiable in its code; choose an estimator"):
                gradient_for(cost, name, latent)
        return
    assert torch.equal(gradient_for(costs["integer"], name, latent), gradient_for(costs["float"], name, latent))
    as_float = gradient_for(lambda z: (ones(z) > 1).float(), name, latent)
    assert torch.equal(gradient_for(costs["boolean"], name, latent), as_float)


@every_pair_in_turns
def test_a_cost_may_have_more_precision_than_the_logits(name: str, latent: Latent):
    cost = decoder(latent)
    found = gradient_for(lambda z: cost(z.double()), name, latent)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, gradient_for(cost, name, latent), rtol=1e-3, atol=1e-5)


class Module(nn.Module):
    def __init__(self, cost: Cost) -> None:
        super().__init__()
        self.cost = cost

    def forward(self, z: Tensor) -> Tensor | Estimate:
        return self.cost(z)


class CallableObject:
    def __init__(self, cost: Cost) -> None:
        self.cost = cost

    def __call__(self, z: Tensor) -> Tensor | Estimate:
        return self.cost(z)

    def method(self, z: Tensor) -> Tensor | Estimate:
        return self.cost(z)


WITHOUT_DEEPER: dict[str, Callable[[Cost], Any]] = {
    "a lambda": lambda cost: lambda z: cost(z),
    "a module": Module,
    "an object": CallableObject,
    "a method": lambda cost: CallableObject(cost).method,
    "a partial": lambda cost: partial(lambda z, cost: cost(z), cost=cost),
}


@every_pair_in_turns
def test_a_cost_may_lack_the_argument_that_only_layers_below_need(name: str, latent: Latent):
    right = decoder(latent)
    estimator = made(name, latent)
    logits, context = inputs(latent)

    def gradient(cost: Any) -> Tensor:
        torch.manual_seed(0)
        estimate = copy.deepcopy(estimator)(latent(logits), cost, context)
        return torch.autograd.grad(loss(estimate), logits)[0]

    expected = gradient(right)
    for kind, without_deeper in WITHOUT_DEEPER.items():
        assert torch.equal(gradient(without_deeper(right)), expected), kind


def test_a_cost_may_be_a_function_of_pytorch():
    latent = Latent("bernoulli", 3)
    estimate = made("muprop", latent)(latent(torch.zeros(2, 3)), partial(torch.sum, dim=-1))
    assert estimate.value.shape == (2,)


@pytest.mark.parametrize(
    "taking",
    [
        lambda asked: lambda z, deeper="sample": asked.append(deeper) or z.sum(-1),
        lambda asked: lambda z, *, deeper="sample": asked.append(deeper) or z.sum(-1),
        lambda asked: lambda z, **how: asked.append(how.get("deeper", "sample")) or z.sum(-1),
    ],
    ids=["positional", "by name", "any"],
)
def test_a_cost_that_takes_the_argument_is_given_it(taking: Callable[[list[str]], Cost]):
    latent = Latent("bernoulli", 3)
    asked: list[str] = []
    made("muprop", latent)(latent(torch.zeros(2, 3)), taking(asked))
    assert asked == ["sample", "mean"]


def test_inference_mode_and_vmap_do_without_the_count_of_changes():
    latent = Latent("categorical", 3, 4)
    estimator, cost = made("rloo", latent), decoder(latent)
    logits = torch.randn(2, 6, latent.size)
    with torch.inference_mode():
        assert estimator(latent(logits[0]), cost).value.shape == (6,)
    values = torch.func.vmap(lambda flat: estimator(latent(flat), cost).value, randomness="different")(logits)
    assert values.shape == (2, 6)
