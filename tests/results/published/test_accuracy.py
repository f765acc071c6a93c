"""Tables of the accuracy of gradients."""

from __future__ import annotations

from pathlib import Path

import pytest

from results.__main__ import main
from results.published.accuracy import at_best_temperature
from tests.results.published.markdown import rows
from tests.results.sections.measured import cell
from tests.results.sections.test_gradients import LINE


@pytest.mark.usefixtures("without_figures")
def test_each_method_is_shown_after_training_at_the_temperature_of_its_smallest_error(tmp_path: Path):
    later = {**LINE, "stage": 1000}
    cell(tmp_path, "rloo", "runners.probe.probe", probe=[LINE, {**later, "mse": 3.0}, {**later, "target": "encoder"}])
    warm = [{**later, "temperature": t, "mse": 3.5 - t} for t in (0.5, 1.0)]
    cell(tmp_path, "gumbel_softmax", "runners.probe.probe", probe=warm)
    main([str(tmp_path)])
    head, *methods = rows(at_best_temperature(tmp_path, "bits"))
    assert head[:2] == ["method", "temperature"]
    assert [(row[0], row[1], row[head.index("MSE")]) for row in methods[:2]] == [
        ("Gumbel-Softmax", "1", "2.500"),
        ("RLOO", "", "3.000"),
    ]
