"""A longer run begins where a shorter one ended.

Training depends neither on the total number of steps nor on the final scores. So two cells that differ only in these
have the same first steps, and the last checkpoint of the shorter one is also a checkpoint of the longer one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from runners.cells import checkpoint
from runners.cells.cell import Cell
from runners.cells.identity import draws_with
from runners.cells.interruption import undisturbed
from runners.cells.journal import Journal
from runners.cells.progress import log
from runners.cells.record import Record, read_record
from runners.config.as_given import path_as_given


def begin_with_shorter(cell: Cell, steps: int, folders: Sequence[str], replicas: int = 1) -> None:
    """Gives a cell without a checkpoint that of the longest finished run with the same lineage and draws, if any.

    Args:
        cell: a cell whose lock the caller holds.
        steps: its number of steps; a run of the same length, but with other scores, is used too.
        folders: further folders in which to look for finished runs, besides the cell's output folder.
        replicas: number of cells in its program, itself included.
    """
    with undisturbed():
        if checkpoint.last_good(cell.checkpoint, lineage=cell.lineage, steps=steps) is not None:
            return
        for folder, meta in _finished_runs(cell, steps, folders):
            state = _state_of(folder, cell, steps, replicas)
            if state is not None:
                origin = {"cell": meta["cell"], "step": state["step"], "training_seconds": state["seconds"]}
                cell.folder.mkdir(parents=True, exist_ok=True)
                journal = Journal(cell.folder)
                journal.restore(state["journal"])
                checkpoint.save(cell.checkpoint, state | {"extended_from": origin, "journal": journal.marks()})
                log.info("beginning with step %d of %s", state["step"], folder)
                return


def _finished_runs(cell: Cell, steps: int, folders: Sequence[str]) -> Iterator[tuple[Path, Record]]:
    """Folder and record of the runs, longest first."""
    runs: dict[Path, Record] = {}
    for folder in dict.fromkeys([Path(cell.config.output), *map(path_as_given, folders)]):
        if not folder.is_dir():
            log.warning("runner.extend_from: there is no folder %s", folder)
        for path in folder.glob(f"*.s{cell.config.seed}.*/meta.json"):
            meta = read_record(path.parent)
            alike = meta.get("lineage") == cell.lineage and meta.get("status") == "done"
            if alike and 0 < meta.get("step", 0) <= steps:
                runs[path.parent] = meta
    yield from sorted(runs.items(), key=lambda run: run[1]["step"], reverse=True)


def _state_of(folder: Path, cell: Cell, steps: int, replicas: int) -> dict[str, Any] | None:
    """The last state of a run in another cell's folder, which is not changed; None if it cannot be used."""
    path = folder / "checkpoint.pt"
    for candidate in (path, checkpoint.previous(path)):
        try:
            state = checkpoint.load_to_continue(candidate, lineage=cell.lineage)
        except FileNotFoundError:
            continue
        except checkpoint.Unfit as reason:
            log.warning("%s; it is not used", reason)
            continue
        if state["draws"] == [draws_with(cell.config, replicas)] and state["step"] <= steps:
            return state
    return None
