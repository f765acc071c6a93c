"""What settings are called."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from results.reading.setting_labels import setting_labels


def labels(*settings: Mapping[str, object]) -> list[str]:
    """The labels of settings of one method."""
    cells = pd.DataFrame(settings, dtype=object)
    return setting_labels(cells.assign(task="vae_bernoulli"), ["task"], list(map(str, cells))).tolist()


def test_keys_that_vary_are_named_without_their_section():
    assert labels({"estimator.samples": 2, "optimizer.lr": 0.01}, {"estimator.samples": 4, "optimizer.lr": 0.01}) == [
        "samples=2",
        "samples=4",
    ]


def test_sections_tell_equal_keys_apart():
    both = labels(*({"optimizer.lr": lr, "auxiliary_optimizer.lr": other} for lr in (1, 2) for other in (3, 4)))
    assert both[0] == "optimizer.lr=1, auxiliary_optimizer.lr=3"


def test_a_schedule_is_called_by_its_name_as_a_constant_is_by_its_value():
    key, target = "estimator.temperature", "estimator.temperature._target_"
    decays = [{target: f"estimators.schedules.{decay}"} for decay in ("exponential_decay", "polynomial_decay")]
    assert labels({key: 1.0}, *decays) == [
        "temperature=1.0",
        "temperature=exponential_decay",
        "temperature=polynomial_decay",
    ]


def test_an_optimizer_is_called_by_its_name():
    assert labels(*({"optimizer._target_": f"torch.optim.{name}"} for name in ("Adam", "SGD"))) == [
        "optimizer=Adam",
        "optimizer=SGD",
    ]


def test_classes_of_the_same_name_keep_their_modules():
    modules = ("mine", "yours")
    assert labels(*({"estimator.rate._target_": f"{module}.decay"} for module in modules)) == [
        "rate=mine.decay",
        "rate=yours.decay",
    ]
