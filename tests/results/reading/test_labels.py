"""Readers see labels; files for other programs have names."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from estimators.catalogue import configurations, find
from results.__main__ import main
from results.reading.collect import collect
from results.reading.labels import KNOWN, labelled
from tests.results.conftest import WriteCell


def record(folder: Path, label: str) -> None:
    meta = json.loads((folder / "meta.json").read_text())
    (folder / "meta.json").write_text(json.dumps(meta | {"label": label}))


def test_the_labels_of_older_cells_are_those_of_the_classes():
    nodes = configurations()
    for name, labels in json.loads(KNOWN.read_text()).items():
        own = find(nodes[name]["_target_"])
        assert labels == {"label": own.label, "short_label": own.short_label}


def test_records_without_a_label_take_that_of_the_catalogue_and_other_names_stay(write_cell: WriteCell, outputs: Path):
    for name in ("st_gumbel_softmax", "their_own"):
        write_cell(name)
    label = labelled(collect(outputs).cells)
    assert label("st_gumbel_softmax") == "ST Gumbel-Softmax"
    assert label("their_own") == "their_own"
    assert label("st_gumbel_softmax, objective=multi_sample_bound") == "ST Gumbel-Softmax (multi-sample)"


def test_where_there_is_little_room_labels_are_short(write_cell: WriteCell, outputs: Path):
    for name in ("st_gumbel_softmax", "their_own"):
        write_cell(name)
    label = labelled(collect(outputs).cells, fact="short_label")
    assert [label(name) for name in ("st_gumbel_softmax", "their_own")] == ["STGS", "their_own"]


def test_what_a_cell_recorded_counts_and_what_was_asked_for_counts_more(write_cell: WriteCell, outputs: Path):
    record(write_cell("their_own"), "Their Own")
    record(write_cell("nvil"), "NVIL, as then")
    cells = collect(outputs).cells
    assert [labelled(cells)(name) for name in ("their_own", "nvil")] == ["Their Own", "NVIL, as then"]
    assert labelled(cells, {"nvil": "Ours"})("nvil") == "Ours"


def test_one_label_of_two_configurations_has_their_names_behind_it(write_cell: WriteCell, outputs: Path):
    for name in ("rebar", "rebar_tuned"):
        record(write_cell(name), "REBAR")
    label = labelled(collect(outputs).cells)
    assert [label(name) for name in ("rebar", "rebar_tuned")] == ["REBAR (rebar)", "REBAR (rebar_tuned)"]


@pytest.mark.usefixtures("without_figures")
def test_tables_and_the_page_have_labels_and_csv_files_have_names(write_cell: WriteCell, outputs: Path):
    for task in ("vae_bernoulli", "vae_categorical"):
        for seed in range(2):
            for lr in (0.1, 0.01):
                write_cell("gumbel_softmax", task, seed, bound=100 + lr, valid=lr, **{"optimizer.lr": lr})
            write_cell("reinforce", task, seed, bound=101.0)
    assert main([str(outputs)]) == 0
    for name in ("table", "selected", "grid", "statistics", "targets"):
        assert "Gumbel-Softmax" in (outputs / f"{name}.md").read_text()
    for path in (*outputs.glob("*.md"), *outputs.glob("*.tex"), *outputs.glob("*.html")):
        words = path.read_text().replace(r"\_", "_")
        words = words[: words.index('id="cells"')] if path.name == "report.html" else words
        assert "gumbel_softmax" not in words, path
    for path in outputs.glob("*.csv"):
        frame = pd.read_csv(path)
        if "method" in frame:
            assert set(frame["method"]) <= {"gumbel_softmax", "reinforce"}
