from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from results.__main__ import main
from results.experiment import Experiment
from results.reading.collect import collect
from results.sections.gradients import section
from results.writing.formats import as_markdown
from tests.results.sections.measured import cell

LINE = {
    "stage": 0,
    "temperature": None,
    "target": "logits",
    "bias": 0.0,
    "bias_low": 0.0,
    "bias_high": 0.01,
    "variance": 2.0,
    "mse": 2.0,
    "cosine": 0.5,
    "exact_norm": 3.0,
    "draws": 100,
    "cost_evaluations": 2,
    "microseconds": 10.0,
    "same_as": None,
}


@pytest.fixture
def probed(tmp_path: Path) -> Path:
    cell(tmp_path, "rloo", "runners.probe.probe", probe=[LINE])
    warm = [
        {**LINE, "temperature": t, "bias": t / 2, "bias_low": t / 3, "bias_high": t, "mse": 3.5 - t} for t in (0.5, 1.0)
    ]
    cell(tmp_path, "gumbel_softmax", "runners.probe.probe", probe=warm)
    cell(tmp_path, "darn", "runners.probe.probe", probe=[{**LINE, "mse": 5.0}])
    cell(tmp_path, "reinmax", "runners.probe.probe", probe=[{**LINE, "mse": 5.0, "same_as": "darn"}])
    return tmp_path


def test_measurements_become_a_data_frame_a_table_and_figures(probed: Path, capsys: pytest.CaptureFixture[str]):
    assert main([str(probed)]) == 0
    measured = pd.read_parquet(probed / "gradients.parquet")
    assert len(measured) == 5
    assert set(measured["estimator"]) == {"rloo", "gumbel_softmax", "darn", "reinmax"}
    assert (probed / "figures" / "gradients_bits_logits_0.png").exists()
    assert "bits, digits, logits, after 0 steps" in capsys.readouterr().out
    assert not (probed / "table.md").exists()


def test_the_summary_names_the_smallest_error_and_that_without_bias(probed: Path):
    made = section(Experiment(collect(probed)))
    assert made is not None
    (found,) = made.found
    assert found == "bits, digits, logits, after 0 steps: RLOO (2 |g|²) has the smallest mean squared error."
    cell(probed, "arm", "runners.probe.probe", probe=[{**LINE, "bias": 0.5, "bias_low": 0.4, "mse": 1.234}])
    made = section(Experiment(collect(probed)))
    assert made is not None
    assert made.found[0].endswith(
        "ARM (1.23 |g|²) has the smallest mean squared error, among estimators without significant bias RLOO (2 |g|²)."
    )


@pytest.mark.parametrize(("end", "arrows"), [(0.01, 0), (1e6, 1)])
def test_an_interval_that_is_cut_has_an_arrow_and_a_word_about_it(tmp_path: Path, end: float, arrows: int):
    cell(tmp_path, "reinforce", "runners.probe.probe", probe=[{**LINE, "bias_high": end}])
    made = section(Experiment(collect(tmp_path)))
    assert made is not None
    ((_, figure),) = made.figures
    assert sum(line.get_marker() == ">" for line in figure.axes[1].lines) == arrows
    assert ("arrow" in figure.get_supxlabel()) == bool(arrows)


@pytest.mark.usefixtures("without_figures")
def test_the_table_has_the_smallest_error_first_and_a_row_per_temperature(probed: Path):
    main([str(probed)])
    lines = [line.split("|") for line in (probed / "gradients.md").read_text().splitlines() if " 0.500 |" in line]
    rows = [f"{line[1].strip()} {line[2].strip()}".strip() for line in lines]
    assert rows == ["RLOO", "Gumbel-Softmax 1", "Gumbel-Softmax 0.5", "DARN (1/2)"]


@pytest.mark.usefixtures("without_figures")
def test_one_method_under_two_names_has_one_row_and_a_note(probed: Path):
    main([str(probed)])
    table = (probed / "gradients.md").read_text()
    assert "| ReinMax" not in table
    assert "on bits, ReinMax coincides with DARN (1/2) and is not shown twice" in table


def test_the_toy_problem_has_its_figure_and_no_table_of_bounds(tmp_path: Path):
    lines = [{"step": step, "loss": 0.25 - step * 1e-6, "log_variance": -5.0} for step in (0, 100)]
    cell(tmp_path, "rloo", "runners.toy.toy", metrics=lines)
    assert main([str(tmp_path)]) == 0
    assert (tmp_path / "figures" / "toy.pdf").exists()
    assert not (tmp_path / "table.md").exists()


@pytest.mark.usefixtures("without_figures")
def test_a_probe_without_temperatures_has_plain_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    cell(tmp_path, "rloo", "runners.probe.probe", probe=[LINE])
    assert main([str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines()[6].startswith("RLOO ")


@pytest.mark.usefixtures("without_figures")
def test_settings_of_a_method_are_not_averaged(tmp_path: Path):
    for samples, variance in ((2, 8.15), (16, 0.56)):
        cell(tmp_path, f"rloo{samples}", "runners.probe.probe", probe=[{**LINE, "variance": variance}])
        path = tmp_path / f"rloo{samples}"
        (path / "config.yaml").write_text(
            f"runner:\n  _target_: runners.probe.probe\nestimator:\n  samples: {samples}\n"
        )
        meta = json.loads((path / "meta.json").read_text())
        meta["names"]["estimator"] = "rloo"
        (path / "meta.json").write_text(json.dumps(meta))
    assert main([str(tmp_path)]) == 0
    table = (tmp_path / "gradients.md").read_text()
    assert "| RLOO | samples=2 |" in table
    assert "8.150" in table
    assert "| RLOO | samples=16 |" in table
    assert "0.560" in table


@pytest.mark.usefixtures("without_figures")
def test_time_does_not_vary_with_temperature(probed: Path):
    lines = [
        {**LINE, "temperature": t, "mse": 1.0 + t, "microseconds": time}
        for t, time in ((0.1, 15.0), (0.5, 10.0), (1.0, 11.0))
    ]
    (probed / "gumbel_softmax" / "probe.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    main([str(probed)])
    rows = [line for line in (probed / "gradients.md").read_text().splitlines() if line.startswith("| Gumbel")]
    assert [row.split("|")[-2].strip() for row in rows] == ["11.0"] * 3


def test_the_share_of_estimates_that_lead_uphill_is_shown_where_cells_have_measured_it(tmp_path: Path):
    cell(tmp_path, "rloo", "runners.probe.probe", probe=[{**LINE, "wrong_way": 0.125}])
    cell(tmp_path, "darn", "runners.probe.probe", probe=[LINE])
    made = section(Experiment(collect(tmp_path)))
    assert made is not None
    rows = as_markdown(made.tables[0]).splitlines()
    (column,) = (place for place, name in enumerate(rows[2].split("|")) if name.strip() == "uphill")
    shown = {row.split("|")[1].strip(): row.split("|")[column].strip() for row in rows[4:6]}
    assert shown == {"RLOO": "0.125", "DARN (1/2)": ""}


BROKEN = ["no JSON", "[1]", "{}", '{"stage": 0}', json.dumps({**LINE, "bias": "x"}), json.dumps({**LINE, "mse": 1e999})]


@pytest.mark.parametrize("broken", BROKEN)
def test_an_odd_line_is_a_note_and_the_others_stay(tmp_path: Path, broken: str):
    cell(tmp_path, "rloo", "runners.probe.probe", probe=[LINE])
    with (tmp_path / "rloo" / "probe.jsonl").open("a") as file:
        file.write(broken + "\n")
    made = section(Experiment(collect(tmp_path)))
    assert made is not None
    assert len(made.data["gradients"].frame) == 1
    assert "rloo: line 2 of probe.jsonl is unreadable and is left out" in made.tables[0].notes


def test_a_probe_of_odd_lines_alone_is_a_note(tmp_path: Path):
    cell(tmp_path, "rloo", "runners.probe.probe", probe=[{"stage": "x"}])
    made = section(Experiment(collect(tmp_path)))
    assert made is not None
    assert "line 1 of probe.jsonl is unreadable" in as_markdown(made.tables[0])
