"""Validation scores by learning rate."""

from __future__ import annotations

from pathlib import Path

from results.experiment import Experiment
from results.reading.collect import collect
from results.sections.sensitivity import section
from results.writing.formats import as_markdown
from tests.results.conftest import WriteCell


def test_each_rate_has_its_best_score_and_what_became_of_the_settings_that_were_lost(
    write_cell: WriteCell, outputs: Path
):
    for rate, valid in {0.001: 110.0, 0.01: 100.0}.items():
        write_cell("nvil", valid=valid, **{"optimizer.lr": rate, "auxiliary_optimizer.lr": 0.01})
        write_cell("nvil", valid=valid + 5, **{"optimizer.lr": rate, "auxiliary_optimizer.lr": 0.1})
    write_cell("nvil", valid=130.0, **{"optimizer.lr": 0.1, "auxiliary_optimizer.lr": 0.01})
    write_cell("nvil", status="diverged", **{"optimizer.lr": 0.1, "auxiliary_optimizer.lr": 0.1})
    write_cell("muprop", valid=105.0, **{"optimizer.lr": 0.001})
    write_cell("muprop", status="diverged", **{"optimizer.lr": 0.1})
    made = section(Experiment(collect(outputs)))
    assert made is not None
    found = made.data["sensitivity"].frame.set_index(["method", "learning_rate"])
    assert found["validation"]["nvil"].to_dict() == {0.001: 110.0, 0.01: 100.0, 0.1: 130.0}
    assert found["chosen"]["nvil"].to_dict() == {0.001: False, 0.01: True, 0.1: False}
    assert (found["lost"]["nvil", 0.1], found["settings"]["nvil", 0.1]) == (1, 2)
    text = as_markdown(made.tables[0])
    assert "| NVIL | 110.00 | **100.00** | 130.00 (1 of 2 diverged) |" in text
    assert "| MuProp | **105.00** | – | diverged |" in text  # noqa: RUF001
    ((name, figure),) = made.figures
    assert name == "sensitivity"
    assert "cross: all settings at this rate were lost" in figure.get_supxlabel()


def test_a_single_rate_has_no_sensitivity(write_cell: WriteCell, outputs: Path):
    write_cell("nvil", valid=100.0)
    write_cell("nvil", valid=100.0, **{"estimator.temperature": 0.5})
    assert section(Experiment(collect(outputs))) is None
