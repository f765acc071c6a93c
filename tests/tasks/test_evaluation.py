"""Models are scored, measured and shown in evaluation mode, which leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from estimators import Latent
from estimators.score_function import NVIL
from runners.cells.cell import Cell
from runners.cells.execution import run_cell
from runners.steps.gallery import FILE, strips
from runners.toy import gradient_variance
from runners.train import Training
from tasks.batches import Batch
from tasks.bounds import bounds, evaluate
from tasks.evaluation import evaluation_mode
from tasks.toy import Toy
from tasks.vae import VAE
from tests.conftest import Compose

MODES: list[bool] = []
"""In which the layers below were called."""


class Noisy(nn.Module):
    """Batch normalisation and dropout, for codes with any leading dimensions."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.normalisation = nn.BatchNorm1d(features)
        self.dropout = nn.Dropout(0.5)

    def forward(self, z: Tensor) -> Tensor:
        MODES.append(self.training)
        return self.dropout(self.normalisation(z.flatten(0, -2)).view(z.shape))


class NoisyVAE(VAE):
    """Its decoder behaves differently in training."""

    def __init__(self, latent: Latent, pixel_mean: Tensor, **options: Any) -> None:
        super().__init__(latent, pixel_mean, **options)
        self.decoders[0] = nn.Sequential(Noisy(latent.size), self.decoders[0])


NOISY = ("task=vae_bernoulli", "task.latent.n=5", f"task._target_={__name__}.NoisyVAE", "estimator=nvil")


def noisy_vae() -> NoisyVAE:
    torch.manual_seed(0)
    return NoisyVAE(Latent("bernoulli", n=5), torch.full((6,), 0.3))


DATA = Batch(torch.randint(0, 2, (40, 6), generator=torch.Generator().manual_seed(1)).float(), None)


def test_every_submodule_has_its_own_mode_again_even_after_an_error():
    vae = noisy_vae()
    vae.encoders.eval()
    before = [module.training for module in vae.modules()]
    assert len(set(before)) == 2
    with evaluation_mode(vae):
        assert not any(module.training for module in vae.modules())
    assert [module.training for module in vae.modules()] == before
    with pytest.raises(ZeroDivisionError), evaluation_mode(vae):
        _ = 1 / 0
    assert [module.training for module in vae.modules()] == before


@pytest.mark.parametrize("score", [evaluate, bounds])
def test_scores_are_those_of_evaluation_mode_and_change_nothing(score: Callable[[VAE, Batch, int], object]):
    vae = noisy_vae()
    state = {name: value.clone() for name, value in vae.state_dict().items()}
    torch.manual_seed(1)
    in_training = score(vae, DATA, 10)
    assert all(module.training for module in vae.modules())
    assert all(torch.equal(value, state[name]) for name, value in vae.state_dict().items())
    torch.manual_seed(1)
    assert score(vae.eval(), DATA, 10) == in_training


def test_validation_leaves_the_rest_of_training_as_it_is(compose_cell: Compose):
    states = []
    for name, often in (("often", True), ("never", False)):
        training = Training(Cell(compose_cell(*NOISY, f"output={name}")), batch_size=20)
        for _ in range(5):
            training.advance()
            if often:
                training.scorer.score("valid", samples=3)
        states.append({**training.task.state_dict(), **training.learners.state_dict()})
    assert all(torch.equal(value, states[1][name]) for name, value in states[0].items())


def test_a_cells_test_scores_and_images_are_taken_in_evaluation_mode(compose_cell: Compose):
    cell, _ = run_cell(compose_cell(*NOISY, "runner.steps=3"), overrides=[])
    assert cell.meta["status"] == "done", cell.meta["reason"]
    assert (cell.folder / FILE).exists()
    training = Training(Cell(compose_cell(*NOISY)), batch_size=20)
    MODES.clear()
    strips(training.task, training.dataset, seed=0, device="cpu")
    assert MODES
    assert not any(MODES)


def test_gradients_are_measured_on_a_model_in_evaluation_mode(compose_cell: Compose):
    small = ("runner=probe", "runner.images=2", "runner.draws=20", "runner.stages=[0]", "runner.adaptation_steps=1")
    run_cell(compose_cell(*NOISY, *small, "estimator=reinforce"), overrides=[])  # which trains the model, for both
    MODES.clear()
    cell, _ = run_cell(compose_cell(*NOISY, *small), overrides=[])
    assert cell.meta["status"] == "done", cell.meta["reason"]
    assert MODES
    assert not any(MODES)


def test_the_variance_of_the_toy_is_measured_with_the_estimator_as_it_is():
    toy, nvil = Toy(0.3, torch.zeros(1)), NVIL(Latent("bernoulli", n=1))
    nvil.baseline.moments.eval()
    modes = [module.training for module in nvil.modules()]
    gradient_variance(toy, nvil, 50)
    assert not nvil.baseline.moments.averages.any()
    assert [module.training for module in nvil.modules()] == modes


class GivenProbabilities(VAE):
    """A model of images that are their codes' probabilities themselves."""

    def code_probabilities(self, batch: Batch) -> Tensor | None:
        return batch.x.view(-1, 2, 3)


def test_the_perplexity_of_the_codes_is_how_many_classes_are_in_use(monkeypatch: pytest.MonkeyPatch):
    """The first variable uses all three classes alike, the second one only: sqrt(3 x 1) on the mean."""
    rows = [[*first, 0.0, 1.0, 0.0] for first in torch.eye(3).tolist()]
    model = GivenProbabilities(Latent("categorical", n=2, k=3), torch.full((6,), 0.3))
    for at_once in (1, 2, 500):
        monkeypatch.setattr("tasks.bounds.ROWS_AT_ONCE", {"cpu": at_once})
        found = evaluate(model, Batch(torch.tensor(rows), None), samples=1)
        assert found["code_perplexity"] == pytest.approx(3**0.5)


def test_models_of_classes_have_the_perplexity_of_their_codes_and_models_of_bits_do_not():
    classes = VAE(Latent("categorical", n=2, k=3), torch.full((6,), 0.3))
    expected = torch.special.entr(classes.posterior(DATA.x).mean.mean(0)).sum(-1).mean().exp().item()
    assert evaluate(classes, DATA, samples=1)["code_perplexity"] == pytest.approx(expected, rel=1e-5)
    assert "code_perplexity" not in evaluate(noisy_vae(), DATA, samples=1)
