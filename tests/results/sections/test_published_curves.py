"""Training curves compared with published ones: which cells count, and the difference in standard errors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from results.experiment import Experiment
from results.reading.collect import collect
from results.sections.published_curves import beside_published, published, section
from results.writing.formats import as_markdown
from tests.results.conftest import WriteCell

PROTOCOL: dict[str, Any] = {
    "data": "mnist_60k-none",
    "task.latent.n": 32,
    "task.latent.k": 16,
    "runner.batch_size": 200,
    "runner.evaluate_every": 300,
}


def write_curve(write_cell: WriteCell, losses: dict[int, float], estimator: str = "straight_through", **settings: Any):
    """A cell with these training losses by step."""
    folder = write_cell(estimator, "vae_16x32", **(PROTOCOL | settings))
    lines = [json.dumps({"step": step, "train_loss": loss}) for step, loss in losses.items()]
    (folder / "metrics.jsonl").write_text("\n".join(lines))


def table(outputs: Path) -> str:
    made = section(Experiment(collect(outputs)))
    assert made is not None
    return as_markdown(made.tables[0])


def test_ours_published_and_the_difference_are_below_each_other(write_cell: WriteCell, outputs: Path) -> None:
    write_curve(write_cell, {300: 542.785, 600: 240.0, 900: 200.0})
    text = table(outputs)
    assert "| epoch | 1 | 2 |" in text
    assert "| ours | 542.78 | 240.00 |" in text
    assert "| published | 542.78 | 236.26 |" in text
    assert "| standard errors | +0.0 | +15.6 |" in text  # (240 - 236.264) / (0.219 sqrt(1/5 + 1))
    assert "1 of 2 differences are at most 3" in text


def test_seeds_are_averaged_and_make_the_standard_error_smaller(write_cell: WriteCell, outputs: Path) -> None:
    for seed, loss in enumerate((541.0, 543.0, 545.0)):
        write_curve(write_cell, {300: loss}, seed=seed)
    row = beside_published(collect(outputs)).iloc[0]
    assert (row["ours"], row["seeds"]) == (543.0, 3)
    assert row["standard_errors"] == pytest.approx((543.0 - 542.785) / (0.506 * (1 / 5 + 1 / 3) ** 0.5))


def test_a_method_is_compared_at_its_own_temperature(write_cell: WriteCell, outputs: Path) -> None:
    for temperature in (1.0, 1.2, 1.3):
        write_curve(write_cell, {3000: 132.0}, "reinmax", **{"estimator.temperature": temperature})
    frame = beside_published(collect(outputs))
    assert list(frame["temperature"]) == [1.0, 1.2]
    assert list(frame["published"]) == [132.184, 131.944]


@pytest.mark.parametrize(
    "other",
    [
        {"data": "mnist-fixed"},
        {"runner.batch_size": 100},
        {"runner.evaluate_every": 600},
        {"task.latent.n": 64},
        {"estimator.temperature": 0.5},
    ],
)
def test_another_protocol_is_not_compared(write_cell: WriteCell, outputs: Path, other: dict[str, Any]) -> None:
    write_curve(write_cell, {300: 542.0, 600: 236.0}, **other)
    assert section(Experiment(collect(outputs))) is None


def test_each_published_curve_has_fifteen_epochs() -> None:
    lengths = published().groupby(["n", "k", "estimator", "temperature"], dropna=False).size()
    assert len(lengths) == 12
    assert set(lengths) == {15}
