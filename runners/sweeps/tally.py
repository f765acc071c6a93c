"""The outcome of this process's sweep, which determines its exit status."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from runners.cells.ending import LOG, Ending
from runners.cells.record import SUCCESSFUL, read_record
from runners.cells.terminal import printable
from runners.sweeps.words import below_here


class Tally:
    """Counts the endings of this sweep's cells in the log of an output folder.

    Args:
        output: the folder, which other sweeps may use at the same time.
        on_cells: called with the overrides of cells before they are added to the sweep.

    Attributes:
        problems: lines about parts of the sweep for which there are no cells to run, and which make it unsuccessful.
    """

    def __init__(self, output: Path, on_cells: Callable[[list[list[str]]], None] = lambda _: None) -> None:
        self.output, self.log, self.on_cells = output, output / LOG, on_cells
        self.asked: dict[frozenset[str], list[str]] | None = None
        self.problems: list[str] = []
        with self.log.open("a") as file:  # fails early if no cell could write how it ended
            self.begin = file.tell()

    def expect(self, cells: Iterable[Sequence[str]]) -> None:
        """Adds the cells with these overrides to the sweep. Before the first call, all cells that end are counted."""
        known = self.asked or {}
        new = {frozenset(cell): list(cell) for cell in cells if frozenset(cell) not in known}
        if new:
            self.on_cells(list(new.values()))
        self.asked = known | new

    def own(self, line: str) -> Ending | None:
        """The ending in a line of the log, if it belongs to this sweep."""
        try:
            ending = Ending.from_json(line)
        except ValueError:
            return None
        return ending if self.asked is None or frozenset(ending.overrides) in self.asked else None

    def endings(self) -> list[Ending]:
        """The last ending of each cell."""
        endings = list[Ending]()
        with suppress(FileNotFoundError), self.log.open(errors="replace") as file:  # a cell may have removed the folder
            file.seek(self.begin)
            endings += [ending for line in file if (ending := self.own(line)) is not None]
        return list({frozenset(ending.overrides): ending for ending in endings}.values())

    def conclusion(self) -> tuple[list[str], int]:
        """Lines for the user, and the exit status: 0 if every cell has ended successfully or is running in another
        process."""
        ended = self.endings()
        elsewhere = [ending for ending in ended if ending.note == "in another process"]
        running = [ending for ending in elsewhere if self._is_running(ending)]
        failed = [ending for ending in ended if ending not in elsewhere and not ending.is_success]
        left = [ending for ending in elsewhere if ending not in running and not _is_well(ending)]
        missing = int(not ended) if self.asked is None else max(0, len(self.asked) - len(ended))
        words = f"{len(ended) - len(running)} cells ended, {len(failed) + len(left)} of them without success"
        words += f"; {len(running)} run in another process" if running else ""
        words += f"; {missing} were asked for and did not end" if missing else ""
        words += f"; all are in {below_here(self.output)}"
        lines = [printable(words), *map(str, [*failed, *left]), *self.problems]
        unsuccessful = bool(failed or left or missing or self.problems)
        return [*lines, *(["runner.retry=true tries these again"] if failed else [])], int(unsuccessful)

    def _is_running(self, ending: Ending) -> bool:
        """Whether a process holds the cell's lock."""
        lock = FileLock(self.output / ".locks" / f"{Path(ending.folder).name.rpartition('.')[2]}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return True
        lock.release()
        return False


def _is_well(ending: Ending) -> bool:
    return read_record(Path(ending.folder)).get("status") in SUCCESSFUL


_tally: Tally | None = None


def begin(output: Path, on_cells: Callable[[list[list[str]]], None]) -> Tally:
    """Creates the tally of the sweep that this process begins."""
    global _tally
    _tally = Tally(output, on_cells)
    return _tally


def current() -> Tally | None:
    """The tally of this process's sweep; None in a process that runs a single cell, and in a worker."""
    return _tally
