"""A report leaves no file of an earlier one behind, and takes none that is not its own."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from results.reading.collect import collect
from results.report import write_report
from results.writing.manifest import NAME, supersede
from tests.results.conftest import WriteCell


def write(folder: Path, **files: str) -> list[Path]:
    (folder / "figures").mkdir(exist_ok=True)
    paths = [folder / name.replace("__", "/") for name in files]
    for path, text in zip(paths, files.values(), strict=True):
        path.write_text(text)
    return paths


def there(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {NAME}


def test_what_an_earlier_report_wrote_and_the_next_does_not_is_removed(tmp_path: Path):
    supersede(tmp_path, write(tmp_path, table="1", figures__old="2", figures__both="3"))
    write(tmp_path, figures__mine="4", notes="5")
    supersede(tmp_path, write(tmp_path, table="6", figures__both="3"))
    assert there(tmp_path) == {"table", "figures/both", "figures/mine", "notes"}
    assert set(json.loads((tmp_path / NAME).read_text())["files"]) == {"table", "figures/both"}


def test_a_file_that_was_changed_since_stays(tmp_path: Path):
    supersede(tmp_path, write(tmp_path, table="1", figures__old="2"))
    write(tmp_path, figures__old="drawn again by hand")
    supersede(tmp_path, write(tmp_path, table="1"))
    assert there(tmp_path) == {"table", "figures/old"}


def test_files_elsewhere_are_never_removed_whatever_the_record_says(tmp_path: Path):
    folder = tmp_path / "outputs"
    (folder / "cell").mkdir(parents=True)
    outside, inside = tmp_path / "secret", folder / "cell" / "meta.json"
    for path in (outside, inside):
        path.write_text("mine")
    supersede(folder, [inside])
    recorded = json.loads((folder / NAME).read_text())["files"]
    (folder / NAME).write_text(json.dumps({"files": recorded | {"../secret": recorded["cell/meta.json"]}}))
    supersede(folder, [])
    assert outside.exists()
    assert inside.exists()


def test_a_record_that_cannot_be_read_removes_nothing(tmp_path: Path):
    paths = write(tmp_path, table="1", figures__old="2")
    for text in ("", "[]", '{"files": [1]}', "{"):
        (tmp_path / NAME).write_text(text)
        supersede(tmp_path, paths[:1])
        assert there(tmp_path) == {"table", "figures/old"}


def test_figures_of_cells_that_are_gone_are_gone_with_the_next_report(write_cell: WriteCell, outputs: Path):
    write_cell("nvil")
    other = write_cell("nvil", "vae_categorical")
    write_report(collect(outputs))
    (outputs / "figures" / "mine.png").write_bytes(b"a figure of one's own")
    assert any("vae_categorical" in path.name for path in (outputs / "figures").iterdir())
    shutil.rmtree(other)
    write_report(collect(outputs))
    names = {path.name for path in (outputs / "figures").iterdir()}
    assert not any("vae_categorical" in name for name in names)
    assert {"mine.png", "bounds.png", "curves_vae_bernoulli_mnist5k-dynamic.pdf"} <= names
