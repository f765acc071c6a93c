from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from estimators import Latent, ReweightedWakeSleep
from estimators.exact import Enumeration
from tasks.batches import Batch
from tasks.bounds import bounds, evaluate, in_random_order
from tasks.signal_game import SignalGame
from tests.tasks.exact_gradients import LARGEST_SCORE, each_once, estimators_for, gradient, largest_score

PIXELS, K, CANDIDATES = 6, 4, 3
SYMBOL = Latent("categorical", n=1, k=K)
SAMPLES = 4000
"""The standard error of the bound on 20 images is 0.0006 nats."""


def tiny_game() -> SignalGame:
    torch.manual_seed(0)
    game = SignalGame(SYMBOL, torch.linspace(0.2, 0.7, PIXELS), candidates=CANDIDATES, hidden=[5], features=3)
    for parameter in game.parameters():
        torch.nn.init.normal_(parameter, std=0.8)
    return game.double()


def images(count: int) -> Batch:
    return Batch(torch.rand(count, PIXELS, generator=torch.Generator().manual_seed(2)).double(), None)


def exact_loss(game: SignalGame, x: Tensor, groups: list[list[int]]) -> Tensor:
    """A sum over symbols and images, one example after the other, ``[B]``."""
    losses = []
    for row, group in enumerate(groups):
        q = torch.distributions.Categorical(logits=game.sender(x[row] - game.pixel_mean))
        views = game.receiver(x[group] - game.pixel_mean)
        surprise = torch.stack([F.cross_entropy(views @ word, torch.tensor(group.index(row))) for word in game.table])
        losses.append((q.probs * surprise).sum() - game.entropy_bonus * q.entropy())
    return torch.stack(losses)


def test_the_loss_is_the_surprise_summed_over_the_symbols():
    game, batch = tiny_game(), images(6)
    expected = exact_loss(game, batch.x, [[0, 1, 2]] * 3 + [[3, 4, 5]] * 3)
    estimate = game.loss(batch, [Enumeration(SYMBOL)])
    torch.testing.assert_close(estimate.value, expected.detach())
    exact = torch.autograd.grad(expected.mean(), list(game.parameters()))
    torch.testing.assert_close(gradient(game, [Enumeration(SYMBOL)], batch), torch.cat([p.flatten() for p in exact]))


def test_rows_that_are_left_over_have_the_last_group():
    game, batch = tiny_game(), images(5)
    expected = exact_loss(game, batch.x, [[0, 1, 2]] * 3 + [[2, 3, 4]] * 2)
    torch.testing.assert_close(game.loss(batch, [Enumeration(SYMBOL)]).value, expected.detach())


@pytest.mark.parametrize(("latent", "name"), each_once(SYMBOL, tasks=6, number=3))
def test_unbiased_estimators_follow_the_exact_gradient(latent: Latent, name: str):
    game, batch = tiny_game(), images(CANDIDATES)
    exact = gradient(game, [Enumeration(latent)], batch)
    assert largest_score(game, estimators_for(name, game), exact, batch) < LARGEST_SCORE


def test_reweighted_wake_sleep_trains_the_sender_once():
    """With many samples, by the gradient of log p(b | x), without the bonus."""
    game, batch = tiny_game(), images(CANDIDATES)
    game.entropy_bonus = 0.0
    q = game.symbol(batch.x)
    z = q.support()[:, None].expand(-1, len(batch.x), -1, -1)
    objective = -torch.logsumexp(q.log_prob(z) - game.surprise(z, batch.x), 0).mean()
    sender = list(game.sender.parameters())
    exact = torch.autograd.grad(objective, sender)
    torch.manual_seed(0)
    loss = game.loss(batch, [ReweightedWakeSleep(SYMBOL, samples=20_000)]).surrogate.mean()
    for found, right in zip(torch.autograd.grad(loss, sender), exact, strict=True):
        assert (found - right).norm() < 0.1 * right.norm()


def test_groups_are_the_same_however_the_data_is_cut_to_be_scored(monkeypatch: pytest.MonkeyPatch):
    game, data = tiny_game(), images(20)
    x = in_random_order(data).x
    with torch.no_grad():
        log_beliefs = torch.stack([game.surprise(word.expand(20, 1, K), x) for word in torch.eye(K).double()])
        likelihood = (game.symbol(x).mean.squeeze(1).T * (-log_beliefs).exp()).sum(0)
    expected = -likelihood.log().mean().item()
    found, accuracies = [], []
    for images_at_once in (1, 7, 500):
        monkeypatch.setattr("tasks.bounds.ROWS_AT_ONCE", {"cpu": images_at_once * SAMPLES})
        torch.manual_seed(0)
        found.append(bounds(game, data, samples=SAMPLES).negative_bound)
        monkeypatch.setattr("tasks.bounds.ROWS_AT_ONCE", {"cpu": images_at_once})
        accuracies.append(evaluate(game, data, samples=1)["accuracy"])
    assert found == pytest.approx([expected] * 3, abs=0.003)
    assert accuracies == pytest.approx([accuracies[0]] * 3, abs=1e-9)


def test_groups_of_data_that_are_sorted_by_class_are_of_several_classes(monkeypatch: pytest.MonkeyPatch):
    game, scored = tiny_game(), []

    def log_weights(batch: Batch, samples: int) -> Tensor:
        scored.append(batch.x)
        return torch.zeros(samples, len(batch.x))

    monkeypatch.setattr(game, "log_weights", log_weights)
    classes = torch.arange(10.0).repeat_interleave(30)
    bounds(game, Batch(classes[:, None].expand(-1, PIXELS), None), samples=1)
    groups = torch.cat(scored)[:, 0].unflatten(0, (-1, CANDIDATES))
    assert groups.flatten().sort().values.tolist() == classes.tolist()
    alike = (groups == groups[:, :1]).all(1).double().mean()
    assert alike < 0.1, "1 % of random groups are of one class"


def test_accuracy_is_the_share_of_images_that_are_found():
    game, batch = tiny_game(), images(6)
    with torch.no_grad():
        word = game.table[game.sender(batch.x - game.pixel_mean).argmax(-1)]
        views = game.receiver(batch.x - game.pixel_mean)
        found = [(views[row - row % 3 : row - row % 3 + 3] @ word[row]).argmax().item() == row % 3 for row in range(6)]
    assert game.scores(batch)["accuracy"].tolist() == [float(each) for each in found]
    assert 0 < sum(found) < 6


def test_a_batch_without_a_whole_group_is_refused():
    with pytest.raises(ValueError, match=r"runner\.batch_size=2: a game needs at least 3 images"):
        tiny_game().loss(images(2), [Enumeration(SYMBOL)])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"latent": Latent("categorical", n=2, k=4)}, "a symbol is one categorical variable"),
        ({"latent": Latent("bernoulli", n=1)}, "a symbol is one categorical variable"),
        ({"candidates": 1}, "candidates=1: at least 2 are needed"),
        ({"features": 0}, "features=0: at least 1 is needed"),
        ({"entropy_bonus": -1.0}, "entropy_bonus=-1.0: it must be a number of at least 0"),
    ],
)
def test_a_game_that_cannot_be_played_is_refused(settings: dict[str, object], message: str):
    with pytest.raises(ValueError, match=message):
        SignalGame(**{"latent": SYMBOL, "pixel_mean": torch.zeros(PIXELS), **settings})  # type: ignore[arg-type]
