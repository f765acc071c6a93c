"""Images that models have learned, of cells in any state."""

from __future__ import annotations

import numpy as np
import pytest

from results.comparison import Comparison
from results.figures.gallery import FILE, galleries, without_images
from results.reading.collect import Results
from tests.results.figures.shown import GREY, cells_of, keep_images, words


def test_images_come_from_the_lowest_seed_and_rows_say_why_there_are_none(
    with_images: tuple[Results, Comparison],
) -> None:
    results, comparison = with_images
    for cell in results.folder.glob("*.vae_bernoulli.*"):
        keep_images(cell, samples=GREY + 10 * (".s1." in cell.name), completions=GREY)
    of = {name: next(results.folder.glob(f"{name}.vae_bernoulli.*.s0.*")) / FILE for name in ("darn", "reinforce")}
    of["darn"].unlink()
    of["reinforce"].write_bytes(b"no images")
    figures = dict(galleries("", cells_of(comparison, "vae_bernoulli"), results.folder))
    assert set(figures) == {"samples", "completions"}
    for figure in figures.values():
        by_method = {axes.get_ylabel(): axes for axes in figure.axes}
        assert not by_method.keys() & {"darn", "reinforce", "enumeration"}
        told = figure.get_supxlabel().splitlines()[1:]
        reasons = ["no gallery.npz: darn", "no images: enumeration (missing)", "unreadable gallery.npz: reinforce"]
        assert sorted(told) == reasons
        (image,) = by_method["nvil"].images
        assert image.get_size() == (28, 280)
        assert (np.asarray(image.get_array()) == 255 - 128).all()


@pytest.mark.parametrize(
    "strip",
    [
        np.zeros((10, 28, 28)),
        np.zeros((28, 28), dtype=np.uint8),
        np.zeros((0, 28, 28), dtype=np.uint8),
        np.array([None]),
    ],
    ids=["not grey levels", "no strip", "empty", "a pickle"],
)
def test_what_is_no_strip_of_images_is_not_drawn(with_images: tuple[Results, Comparison], strip: np.ndarray) -> None:
    results, comparison = with_images
    for cell in results.folder.glob("*.vae_bernoulli.*"):
        keep_images(cell, samples=strip if cell.name.startswith("nvil") else GREY)
    (figure,) = dict(galleries("", cells_of(comparison, "vae_bernoulli"), results.folder)).values()
    assert "unreadable gallery.npz" in words(figure)


def test_an_archive_of_images_that_would_grow_beyond_measure_is_not_unpacked(
    with_images: tuple[Results, Comparison],
) -> None:
    results, comparison = with_images
    for cell in results.folder.glob("*.vae_bernoulli.*"):
        keep_images(cell, samples=np.zeros((10, 2000, 1000), np.uint8) if cell.name.startswith("nvil") else GREY)
    (figure,) = dict(galleries("", cells_of(comparison, "vae_bernoulli"), results.folder)).values()
    assert "unreadable gallery.npz" in words(figure)


def test_without_images_there_is_no_figure_but_a_note_that_says_how_to_get_them(
    with_images: tuple[Results, Comparison],
) -> None:
    results, comparison = with_images
    assert list(galleries("", cells_of(comparison, "vae_bernoulli"), results.folder)) == []
    (note,) = without_images(results.cells, results.folder)
    assert note.startswith("19 of 19 trained cells have no gallery.npz")
    assert f"runner.extend_from=[{results.folder}]" in note
    for cell in results.folder.glob("*/meta.json"):
        keep_images(cell.parent)
    assert without_images(results.cells, results.folder) == []
