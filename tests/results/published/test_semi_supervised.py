"""What pages say of published semi-supervised models."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from results.published.semi_supervised import accuracies, accuracies_by_step
from results.published.study import Study
from results.reading.collect import collect
from tests.results.conftest import WriteCell
from tests.results.published.markdown import rows


@pytest.fixture
def study(write_cell: WriteCell, outputs: Path) -> Study:
    """Three seeds of an annealed temperature, with a standard deviation of 0.02, and one cell of each other model."""
    for seed, accuracy in enumerate((0.80, 0.82, 0.84)):
        folder = write_cell(
            "gumbel_softmax",
            scores={"accuracy": accuracy},
            seed=seed,
            **{"task.alpha": 50.0, "estimator.temperature": {"start": 1.0}},
        )
        (folder / "metrics.jsonl").write_text(json.dumps({"step": 1000, "valid_accuracy": accuracy - 0.1}))
    others = {"st_gumbel_softmax": (0.6, {"estimator.temperature": 1.0, "task.alpha": 500.0}), "enumeration": (0.9, {})}
    for estimator, (accuracy, settings) in others.items():
        folder = write_cell(estimator, scores={"accuracy": accuracy}, **({"task.alpha": 50.0} | settings))
        (folder / "metrics.jsonl").write_text(json.dumps({"step": 1000, "valid_accuracy": 0.5}))
    return Study(collect(outputs))


def test_accuracies_are_means_over_seeds_with_their_intervals_and_the_best_first(study: Study) -> None:
    half = f"{4.3027 * 0.02 / 3**0.5:.3f}"  # Student's quantile with two degrees of freedom
    assert rows(accuracies(study)) == [
        ["estimator", "temperature", "alpha", "accuracy", "bound", "seeds"],
        ["Enumeration", "", "50", "0.900", "100.00", "1"],
        ["Gumbel-Softmax", "annealed", "50", f"0.820 ± {half}", "100.00 ± 0.00", "3"],
        ["ST Gumbel-Softmax", "1", "500", "0.600", "100.00", "1"],
    ]


def test_accuracies_during_training_are_in_the_same_order(study: Study) -> None:
    assert rows(accuracies_by_step(study, 1000)) == [
        ["estimator", "temperature", "alpha", "1,000"],
        ["Enumeration", "", "50", "0.500"],
        ["Gumbel-Softmax", "annealed", "50", "0.720"],
        ["ST Gumbel-Softmax", "1", "500", "0.500"],
    ]
