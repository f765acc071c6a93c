"""A batch that is empty or whose cost is not finite leaves no trace in an estimator but a count."""

from __future__ import annotations

import copy
import math

import torch
from torch import Tensor

from estimators import Deeper, Estimate, Estimator, Latent
from estimators.baselines import RunningMoments
from estimators.left_out import batches_left_out
from tests.estimators.every_estimator import BATCH, decoder, every_pair, every_pair_in_one_of, inputs, loss, made

LEARNERS = {"nvil", "reinforce_ema", "muprop", "rebar", "relax", "double_cv", "rodeo", "daps"}
"""Those with a state of their own."""


def called(estimator: Estimator, latent: Latent, batch: int = BATCH, spoilt: float | None = None) -> list[Tensor]:
    """Makes one backward pass, in which the first example costs ``spoilt``; returns the estimator's own gradients."""
    right = decoder(latent)

    def cost(z: Tensor, deeper: Deeper = "sample") -> Tensor:
        costs = Estimate.of(right(z)).surrogate
        first = torch.zeros(batch, dtype=torch.bool)
        first[:1] = True
        return costs if spoilt is None else torch.where(first, costs * spoilt, costs)

    logits, context = inputs(latent, batch)
    estimator.zero_grad()
    loss(estimator(latent(logits), cost, context)).backward()
    return [torch.zeros(()) if own.grad is None else own.grad for own in estimator.parameters()]


@every_pair_in_one_of("training", (True,), (False,))
def test_a_spoilt_batch_leaves_the_state_as_it_was_and_is_counted(name: str, latent: Latent, training: bool):
    """A batch that is empty, and those with an example whose cost is infinite or not a number."""
    learned = made(name, latent)
    called(learned, latent)  # moments and the like have values
    before = learned.train(training).state_dict()
    for factor in (None, math.inf, -math.inf, math.nan):
        estimator = copy.deepcopy(learned)
        gradients = called(estimator, latent, 0 if factor is None else BATCH, factor)
        state = estimator.state_dict()
        counts = [key for key in state if key.endswith("left_out.count")]
        assert len(counts) == (name in LEARNERS)
        assert batches_left_out(estimator) == (name in LEARNERS and training)
        for key in set(state) - set(counts):
            torch.testing.assert_close(state[key], before[key], rtol=0, atol=0)
        assert all((gradient == 0).all() for gradient in gradients)
        assert all(gradient.isfinite().all() for gradient in called(estimator, latent))


@every_pair
def test_an_ordinary_batch_is_not_left_out(name: str, latent: Latent):
    estimator = made(name, latent)
    for _ in range(3):
        called(estimator, latent)
    assert batches_left_out(estimator) == 0
    if name in LEARNERS:
        before = copy.deepcopy(estimator.state_dict())
        gradients = called(estimator, latent)
        moved = any(not torch.equal(before[key], value) for key, value in estimator.state_dict().items())
        assert moved or any(gradient.any() for gradient in gradients)


def test_a_batch_whose_variance_overflows_is_not_finite_either():
    """An optimizer that averages squared gradients would not move again."""
    moments = RunningMoments(0.8)
    moments.update(torch.tensor([1.0, 3.0]))
    moments.update(torch.tensor([1e30, -1e30]))
    assert (moments.mean, moments.variance) == (2, 1)
    assert batches_left_out(moments) == 1


def test_replicas_are_left_out_one_by_one():
    latent, size = Latent("bernoulli", 3), 3
    models = [made("nvil", latent, None) for _ in range(size)]
    parameters, buffers = torch.func.stack_module_state(models)  # type: ignore[arg-type]

    def value(state: dict[str, Tensor], logits: Tensor, factor: Tensor) -> Tensor:
        arguments = (latent(logits), lambda z, deeper="sample": (1 + z.sum(-1)) * factor)
        return torch.func.functional_call(models[0], state, arguments).value

    factors = torch.tensor([1.0, math.inf, 1.0])
    vectorized = torch.func.vmap(value, randomness="different")
    vectorized({**parameters, **buffers}, torch.zeros(size, BATCH, 3), factors)
    (counts,) = [buffer for key, buffer in buffers.items() if key.endswith("left_out.count")]
    (averages,) = [buffer for key, buffer in buffers.items() if key.endswith("averages")]
    assert counts.tolist() == [0, 1, 0]
    assert averages.any(-1).tolist() == [True, False, True]
    assert averages.isfinite().all()
