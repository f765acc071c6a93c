from __future__ import annotations

import io
import random
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from results.__main__ import main as report
from results.figures.draw import draw
from results.pack import main, pack, unpack
from tests.results.conftest import WriteCell


@pytest.fixture
def reported(write_cell: WriteCell, outputs: Path) -> Path:
    for estimator in ("nvil", "muprop"):
        folder = write_cell(estimator)
        (folder / "checkpoint.pt").write_bytes(b"large")
        np.savez_compressed(folder / "gallery.npz", samples=np.full((10, 28, 28), 128, dtype=np.uint8))
    assert report([str(outputs)]) == 0
    return outputs


@pytest.fixture
def one_figure(drawn_figures: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only images that the model has learned are drawn."""
    monkeypatch.setattr(
        "results.report.draw",
        lambda figures, folder: draw([each for each in figures if each[0].startswith("samples")], folder),
    )


def test_an_unpacked_archive_gives_the_same_report(one_figure: None, reported: Path, tmp_path: Path):
    assert main([str(reported)]) == 0
    archive = reported.with_name("outputs.tar.gz")
    assert main([str(archive), "--unpack", str(tmp_path / "elsewhere")]) == 0
    copy = tmp_path / "elsewhere" / "outputs"
    kept = {path.relative_to(copy): path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    assert not [path for path in kept if path.suffix == ".pt"]
    image = Path("figures", "samples_vae_bernoulli_mnist5k-dynamic.png")
    for made in ("table.md", "cells.csv", image):
        (copy / made).unlink()
    assert report([str(copy)]) == 0
    assert (copy / "table.md").read_bytes() == (reported / "table.md").read_bytes()
    assert (copy / image).read_bytes() == (reported / image).read_bytes()
    pd.testing.assert_frame_equal(pd.read_parquet(copy / "cells.parquet"), pd.read_parquet(reported / "cells.parquet"))


def test_links_and_odd_names_are_not_packed_and_files_with_two_names_are(
    write_cell: WriteCell, outputs: Path, tmp_path: Path
):
    cell, copy = write_cell("nvil"), write_cell("muprop")
    (copy / "config.yaml").unlink()
    (copy / "config.yaml").hardlink_to(cell / "config.yaml")
    (cell / "cell.log").symlink_to("/etc/hostname")
    for name in ("a\nb.csv", ".hidden.csv", "odd.txt"):
        (outputs / name).write_text("x")
    pack(outputs, tmp_path / "x.tar.gz")
    unpacked = unpack(tmp_path / "x.tar.gz", tmp_path / "elsewhere")
    assert (unpacked / copy.name / "config.yaml").read_bytes() == (cell / "config.yaml").read_bytes()
    assert not (unpacked / cell.name / "cell.log").exists()
    assert not [path.name for path in unpacked.iterdir() if path.is_file()]


@pytest.mark.parametrize("name", [".hidden", "a\nb"])
def test_a_folder_whose_archive_would_be_refused_is_not_packed(
    write_cell: WriteCell, outputs: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
):
    write_cell("nvil")
    outputs.rename(tmp_path / name)
    assert main([str(tmp_path / name)]) == 2
    assert "a folder with a printable name that does not begin with a dot is needed" in capsys.readouterr().err


@pytest.mark.usefixtures("without_figures")
def test_the_same_results_give_the_same_bytes(reported: Path, tmp_path: Path):
    archives = [tmp_path / name for name in ("a.tar.gz", "b.tar.gz")]
    for archive in archives:
        pack(reported, archive)
        (reported / "table.md").touch()
    assert archives[0].read_bytes() == archives[1].read_bytes()


def link(to: str) -> Callable[[tarfile.TarInfo], None]:
    def change(member: tarfile.TarInfo) -> None:
        member.type, member.linkname = tarfile.SYMTYPE, to

    return change


def device(member: tarfile.TarInfo) -> None:
    member.type = tarfile.CHRTYPE


def plain(_: tarfile.TarInfo) -> None:
    pass


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("../outside.txt", plain),
        ("results/../../outside.txt", plain),
        ("/tmp/outside-of-results.txt", plain),
        ("results/cell/checkpoint.pt", plain),
        ("results/link", link("../../outside.txt")),
        ("results/device", device),
        ("results/cell/device.log", device),
        ("results/run.py", plain),
        ("results/cell/config.py", plain),
        ("results/deep/er/meta.json", plain),
        ("results/.hidden.csv", plain),
        ("other/cells.csv", plain),
        ("results/new\nline.csv", plain),
        ("./cells.csv", plain),
        (".", plain),
    ],
)
def test_a_member_outside_the_folder_is_refused_and_nothing_is_written(
    tmp_path: Path, name: str, change: Callable[[tarfile.TarInfo], None], capsys: pytest.CaptureFixture[str]
):
    archive, target = tmp_path / "bad.tar.gz", tmp_path / "target"
    with tarfile.open(archive, "w:gz") as tar:
        for member_name in ("results/cells.csv", name):
            member = tarfile.TarInfo(member_name)
            member.size = 3
            if member_name == name:
                change(member)
            tar.addfile(member, io.BytesIO(b"abc"))
    before = set(tmp_path.rglob("*"))
    assert main([str(archive), "--unpack", str(target)]) == 2
    error = capsys.readouterr().err
    assert len(error.splitlines()) == 1
    assert "belong in an archive of results" in error or "an archive of results has one" in error
    assert set(tmp_path.rglob("*")) == before


def test_an_archive_that_would_be_larger_than_any_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr("results.pack.LARGEST", 10**6)
    archive, target = tmp_path / "bomb.tar.gz", tmp_path / "target"
    with tarfile.open(archive, "w:gz") as tar:
        member = tarfile.TarInfo("results/cells.csv")
        member.size = 2 * 10**6
        tar.addfile(member, io.BytesIO(bytes(member.size)))
    assert main([str(archive), "--unpack", str(target)]) == 2
    assert "larger than 0.001 GB unpacked" in capsys.readouterr().err
    assert not target.exists()


def test_a_sparse_member_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """A few bytes that say they are a terabyte, as GNU tar writes files with holes."""
    archive, target = tmp_path / "sparse.tar.gz", tmp_path / "target"
    member = tarfile.TarInfo("results/cells.csv")
    member.pax_headers = {"GNU.sparse.map": "0,0", "GNU.sparse.size": str(10**12), "GNU.sparse.numblocks": "1"}
    with tarfile.open(archive, "w:gz", format=tarfile.PAX_FORMAT) as tar:
        tar.addfile(member)
    assert main([str(archive), "--unpack", str(target)]) == 2
    assert "does not belong in an archive of results" in capsys.readouterr().err
    assert not target.exists()


@pytest.mark.usefixtures("without_figures")
def test_an_archive_whose_headers_contradict_each_other_is_said_to_be_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    archive = tmp_path / "odd.tar.gz"
    with tarfile.open(archive, "w:gz", format=tarfile.PAX_FORMAT) as tar:
        member = tarfile.TarInfo("r/a.csv")
        member.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0"}
        tar.addfile(member)
    assert main([str(archive), "--unpack", str(tmp_path / "target")]) == 2
    assert "not an archive of results" in capsys.readouterr().err


def test_a_folder_that_is_there_is_left_alone(reported: Path, capsys: pytest.CaptureFixture[str]):
    assert main([str(reported)]) == 0
    before = {path: path.read_bytes() for path in reported.rglob("*") if path.is_file()}
    assert main([str(reported.with_name("outputs.tar.gz")), "--unpack", str(reported.parent)]) == 2
    assert "this folder already exists" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in reported.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("content", [b"", b"no archive", b"\x1f\x8b broken"])
def test_what_is_no_archive_is_said_to_be_none(tmp_path: Path, content: bytes):
    path = tmp_path / "results.tar.gz"
    path.write_bytes(content)
    with pytest.raises(OSError, match=r"results\.tar\.gz: not an archive of results"):
        unpack(path, tmp_path / "target")


def test_of_a_damaged_archive_nothing_is_written(tmp_path: Path):
    archive, target = tmp_path / "results.tar.gz", tmp_path / "target"
    with tarfile.open(archive, "w:gz") as tar:
        for name in ("results/cells.csv", "results/table.md"):
            member = tarfile.TarInfo(name)
            member.size = 10_000
            tar.addfile(member, io.BytesIO(random.Random(0).randbytes(10_000)))
    content = bytearray(archive.read_bytes())
    content[-3000:-2900] = bytes(100)
    archive.write_bytes(content)
    with pytest.raises(OSError, match="not an archive of results"):
        unpack(archive, target)
    assert not target.exists()


def test_a_folder_without_cells_is_not_packed(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main([str(tmp_path)]) == 2
    assert "holds no cells" in capsys.readouterr().err
