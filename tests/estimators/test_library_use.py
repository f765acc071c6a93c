"""What a model that has an estimator can be subjected to: it is copied, saved, compiled, and called several times."""

from __future__ import annotations

import copy
import io
import pickle

import pytest
import torch
from torch import Tensor, nn

from estimators import Estimate, Estimator, GumbelSoftmax, Latent
from estimators.schedules import exponential_decay
from tests.estimators.every_estimator import decoder, every_pair, inputs, loss, made


def gradient(estimator: Estimator, latent: Latent) -> Tensor:
    """Of the logits, at a late step, always from the same noise."""
    torch.manual_seed(0)
    logits, context = inputs(latent)
    estimator.set_step(20_000)
    (found,) = torch.autograd.grad(estimator(latent(logits), decoder(latent), context).surrogate.sum(), logits)
    return found


@every_pair
def test_copies_and_saved_estimators_continue_as_the_original(name: str, latent: Latent):
    original = made(name, latent)
    file = io.BytesIO()
    torch.save(nn.ModuleDict({"layer": original}), file)
    file.seek(0)
    saved = torch.load(file, weights_only=False)["layer"]
    copies = [pickle.loads(pickle.dumps(original)), copy.deepcopy(original), saved]
    expected = gradient(original, latent)
    for other in copies:
        assert other.latent == latent
        torch.testing.assert_close(gradient(other, latent), expected, rtol=0, atol=0)


@every_pair
def test_two_steps_may_share_a_backward_pass(name: str, latent: Latent):
    """Each part of the loss has the gradient that it has alone, at the value that schedules had at its step."""
    estimator = made(name, latent).eval()

    def part(step: int) -> tuple[Tensor, Tensor]:
        torch.manual_seed(step)
        estimator.set_step(step)
        logits, context = inputs(latent)
        return estimator(latent(logits), decoder(latent), context).surrogate.sum(), logits

    alone = [torch.autograd.grad(*part(step))[0] for step in (0, 5000)]
    surrogates, logits = zip(*(part(step) for step in (0, 5000)), strict=True)
    together = torch.autograd.grad(torch.stack(surrogates).sum(), logits)
    for found, expected in zip(together, alone, strict=True):
        torch.testing.assert_close(found, expected, rtol=0, atol=0)


def test_set_step_leaves_the_buffer_in_its_place():
    """Recorded steps and joined replicas find it by its memory."""
    estimator = GumbelSoftmax(Latent("bernoulli", 3), temperature=exponential_decay(rate=1e-4, floor=0.5))
    buffer, place = estimator.temperature, estimator.temperature.data_ptr()
    estimator.set_step(5000)
    assert estimator.temperature is buffer
    assert buffer.data_ptr() == place
    assert buffer.item() == pytest.approx(0.6065, abs=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["muprop", "rebar"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_a_cost_of_the_code_alone_compiles_too(name: str):
    torch.compiler.reset()
    latent = Latent("bernoulli", 3)
    estimator, right = made(name, latent).eval(), decoder(latent)

    def step(x: Tensor) -> Tensor:
        return loss(estimator(latent(x), lambda z: right(z), torch.ones(6, 5)))

    found = []
    for function in (torch.compile(step, backend="eager", fullgraph=True), step):
        torch.manual_seed(0)
        x = torch.ones(6, 3, requires_grad=True)
        found += torch.autograd.grad(function(x), x)
    torch.testing.assert_close(*found)


@pytest.mark.slow
@every_pair
@pytest.mark.parametrize("kl", [True, False])
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_a_step_compiles_as_one_graph(name: str, latent: Latent, kl: bool):
    """And has the gradients of the step that is not compiled, from the same noise."""
    torch.compiler.reset()
    model = nn.ModuleDict({"estimator": made(name, latent), "encoder": nn.Linear(5, latent.size)})
    cost, prior = decoder(latent), torch.zeros(latent.size)

    def gradients(model: nn.ModuleDict, compiled: bool) -> list[Tensor | None]:
        def step(x: Tensor) -> Tensor:
            q = latent(model["encoder"](x))
            estimate: Estimate = model["estimator"](q, cost, x)
            return loss(estimate.plus_kl(q, latent(prior)) if kl else estimate)

        torch.manual_seed(0)
        (torch.compile(step, backend="eager", fullgraph=True) if compiled else step)(torch.ones(6, 5)).backward()
        return [parameter.grad for parameter in model.parameters()]

    compiled = gradients(copy.deepcopy(model), compiled=True)
    torch.testing.assert_close(compiled, gradients(model, compiled=False))
