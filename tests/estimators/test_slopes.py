"""What a cost may be made of, for every estimator: also for those that differentiate it inside of a step."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from estimators import Cost, Deeper, Estimate, Latent
from tests.estimators.every_estimator import decoder, every_pair, every_pair_in_one_of, inputs, loss, made

Layer = Callable[[Tensor], Tensor]


class Sinh(torch.autograd.Function):
    """With a backward pass of its own, and none for ``torch.func``."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x.sinh()

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:  # type: ignore[override]
        return gradient * ctx.saved_tensors[0].cosh()


def checkpointed(linear: nn.Linear) -> Layer:
    return lambda h: checkpoint(linear, h, use_reentrant=False)  # type: ignore[return-value]


def own_function(linear: nn.Linear) -> Layer:
    return lambda h: Sinh.apply(linear(h))  # type: ignore[return-value]


def saved_on_cpu(linear: nn.Linear) -> Layer:
    def layer(h: Tensor) -> Tensor:
        with torch.autograd.graph.save_on_cpu():
            return linear(h)

    return layer


def hooked(linear: nn.Linear) -> Layer:
    linear.register_full_backward_hook(lambda *_: None)
    return linear


def plain(linear: nn.Linear) -> Layer:
    return linear


def sinh(linear: nn.Linear) -> Layer:
    return lambda h: linear(h).sinh()


MADE_OF = [(checkpointed, plain), (own_function, sinh), (saved_on_cpu, plain), (hooked, plain)]


@every_pair
@pytest.mark.filterwarnings("ignore:Full backward hook is firing")  # for codes that need no gradient
def test_what_a_cost_is_made_of_changes_no_gradient(name: str, latent: Latent):
    """Each in one mode, and in the other for the other family."""
    new = made(name, latent)

    def found(make: Callable[[nn.Linear], Layer], training: bool) -> list[Tensor | None]:
        torch.manual_seed(0)
        linear, estimator = nn.Linear(latent.size, 4), copy.deepcopy(new).train(training)
        logits, context = inputs(latent)
        layer = make(linear)

        def cost(z: Tensor, deeper: Deeper = "sample") -> Tensor:
            return layer(latent.flatten(z)).tanh().sum(-1)

        loss(estimator(latent(logits), cost, context)).backward()
        return [logits.grad, *(parameter.grad for parameter in [*linear.parameters(), *estimator.parameters()])]

    for number, (make, same) in enumerate(MADE_OF):
        training = (number % 2 == 0) == (latent.family == "bernoulli")
        torch.testing.assert_close(found(make, training), found(same, training))


@every_pair_in_one_of("training", (True,), (False,))
def test_batch_normalisation_in_training_mode_trains(name: str, latent: Latent, training: bool):
    norm = nn.BatchNorm1d(4)
    weight = torch.randn(latent.size, 4, requires_grad=True)

    def cost(z: Tensor, deeper: Deeper = "sample") -> Tensor:
        hidden = latent.flatten(z) @ weight
        return norm(hidden.flatten(0, -2)).view(hidden.shape).tanh().sum(-1)

    logits, context = inputs(latent)
    loss(made(name, latent).train(training)(latent(logits), cost, context)).backward()
    assert norm.num_batches_tracked is not None
    assert norm.num_batches_tracked > 0
    for tensor in (logits, weight, norm.weight):
        assert tensor.grad is not None
        assert tensor.grad.isfinite().all()


def below(latent: Latent, name: str) -> tuple[Cost, nn.Module]:
    """A cost with a second layer, whose estimator keeps state of its own."""
    layer, last, inner = nn.Linear(latent.size, latent.size), decoder(latent), made(name, latent, latent.size)

    def cost(z: Tensor, deeper: Deeper = "sample") -> Tensor | Estimate:
        q = latent(layer(latent.flatten(z)))
        return last(q.mean, deeper) if deeper != "sample" else inner(q, last, latent.flatten(z))

    return cost, inner


@every_pair
def test_a_layer_below_may_keep_state_of_its_own(name: str, latent: Latent):
    new = made(name, latent)
    logits, context = inputs(latent)
    for inner in ("nvil", "muprop", "rebar", "double_cv" if latent.family == "bernoulli" else "relax"):
        cost, estimator = below(latent, inner)
        loss(copy.deepcopy(new)(latent(logits), cost, context)).backward()
        learned = [parameter.grad is not None for parameter in estimator.parameters()]
        moved = [bool(buffer.any()) for buffer in estimator.buffers()]
        assert any(learned + moved), inner


@pytest.mark.parametrize("name", ["muprop", "rebar", "relax", "double_cv", "rodeo"])
def test_below_vmap_a_cost_that_cannot_be_differentiated_there_is_refused_with_the_way_out(name: str):
    latent = Latent("bernoulli", 3)
    estimator, linear = made(name, latent, None), nn.Linear(3, 4)
    cost = checkpointed(linear)

    def value(logits: Tensor) -> Tensor:
        return estimator(latent(logits), lambda z, deeper="sample": cost(z).sum(-1)).value

    with pytest.raises(RuntimeError, match=r"under torch\.func\.vmap .* Call it for one model at a time, or choose"):
        torch.func.vmap(value, randomness="different")(torch.zeros(2, 6, 3))


@every_pair
def test_nothing_keeps_a_graph_where_gradients_are_off_or_learns_in_evaluation_mode(name: str, latent: Latent):
    logits, context = inputs(latent)
    with torch.no_grad():
        estimate = made(name, latent).eval()(latent(logits), decoder(latent), context)
    assert estimate.auxiliary is None
    assert not estimate.surrogate.requires_grad
    assert not estimate.value.requires_grad
