"""Cells that may begin with a shorter one, and what is compared of them."""

from __future__ import annotations

from runners.cells.cell import Cell
from runners.cells.execution import run_cell
from runners.cells.record import Origin
from tests.conftest import Compose


def ran(compose_cell: Compose, *overrides: str) -> Cell:
    cell, ending = run_cell(compose_cell(*overrides), [])
    assert cell.meta["status"] in ("done", "skipped"), ending
    return cell


def origin(cell: Cell) -> Origin:
    """The shorter run that the cell began with."""
    found = cell.meta["extended_from"]
    assert found is not None
    return found


def bits(cell: Cell) -> tuple[bytes, bytes, dict[str, float]]:
    kept = [(cell.folder / name).read_bytes() for name in ("metrics.jsonl", "gallery.npz")]
    return kept[0], kept[1], cell.meta["scores"]


def log_of(cell: Cell) -> str:
    return (cell.folder / "cell.log").read_text()
