"""What the records answer of the NeurIPS paper checklist."""

from __future__ import annotations

from pathlib import Path

from results.experiment import Experiment
from results.reading.collect import collect
from results.sections.checklist import LICENCES, OPEN, section
from results.writing.formats import as_markdown
from tests.results.conftest import WriteCell

DOCUMENTED = Path(__file__).parents[3] / "docs" / "data.md"


def lines(folder: Path) -> dict[str, str]:
    made = section(Experiment(collect(folder)))
    assert made is not None
    rows = [line.split(" | ") for line in as_markdown(made.tables[0]).splitlines() if line.startswith("| ")]
    return {row[1]: " | ".join(row[2:]) for row in rows}


def test_settings_seeds_compute_data_and_commands_are_answered_and_the_rest_is_asked(
    write_cell: WriteCell, outputs: Path
):
    for seed in range(3):
        write_cell("nvil", seed=seed, data="mnist-dynamic", experiment="quick")
    found = lines(outputs)
    assert "commit abc" in found["Experimental result reproducibility"]
    assert "steps 20; optimizer torch.optim.Adam" in found["Experimental setting"]
    assert "over 3 seeds" in found["Experiment statistical significance"]
    assert "3 cells" in found["Experiments compute resources"]
    assert "CC BY-SA 3.0" in found["Licences for existing assets"]
    assert found["Claims"].startswith(f"? | {OPEN}")
    assert len(found) == 2 + 16


def test_one_seed_has_no_error_bars_and_images_of_ones_own_have_a_licence_that_is_asked_for(
    write_cell: WriteCell, outputs: Path
):
    write_cell("nvil", data="kanji-dynamic")
    found = lines(outputs)
    assert found["Experiment statistical significance"].startswith("No")
    assert f"kanji: {OPEN}" in found["Licences for existing assets"]


def test_the_licences_are_those_that_the_documentation_of_the_data_has():
    documented = DOCUMENTED.read_text()
    licences = {word.rpartition(": ")[2] for name, word in LICENCES.items() if name != "noise"}
    assert all(f"| {licence} |" in documented for licence in licences)
