"""How the cells of the sweep of this process have ended: what its exit status says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from filelock import FileLock, Timeout

from runners.cells.ending import LOG, Ending
from runners.cells.record import SUCCESSFUL, read_record
from runners.sweeps.words import below_here


class Tally:
    """Counts the endings that are added to the log of an output folder, of the cells that this sweep asked for.

    Args:
        output: the folder, which other sweeps may use at the same time.
        told: called with the overrides of cells before they are asked for.
    """

    def __init__(self, output: Path, told: Callable[[list[list[str]]], None] = lambda _: None) -> None:
        self.output, self.log, self.told = output, output / LOG, told
        self.asked: dict[frozenset[str], list[str]] | None = None
        with self.log.open("a") as file:  # fails where no cell could tell how it has ended
            self.begin = file.tell()

    def expect(self, cells: Iterable[Sequence[str]]) -> None:
        """The sweep asks for the cells with these overrides too. Until it says so, all that end count."""
        known = self.asked or {}
        new = {frozenset(cell): list(cell) for cell in cells if frozenset(cell) not in known}
        if new:
            self.told(list(new.values()))
        self.asked = known | new

    def own(self, line: str) -> Ending | None:
        """The ending that a line of the log tells, if it is of this sweep."""
        try:
            ending = Ending.from_json(line)
        except ValueError:
            return None
        return ending if self.asked is None or frozenset(ending.overrides) in self.asked else None

    def endings(self) -> list[Ending]:
        """The last one of each cell."""
        with self.log.open(errors="replace") as file:
            file.seek(self.begin)
            found = [ending for line in file if (ending := self.own(line)) is not None]
        return list({frozenset(ending.overrides): ending for ending in found}.values())

    def conclusion(self) -> tuple[list[str], int]:
        """Lines for the reader, and the exit status: 0 if every cell that was asked for has ended well, or another
        process is still at it."""
        ended = self.endings()
        elsewhere = [ending for ending in ended if ending.note == "in another process"]
        running = [ending for ending in elsewhere if self._is_running(ending)]
        failed = [ending for ending in ended if ending not in elsewhere and not ending.is_success]
        left = [ending for ending in elsewhere if ending not in running and not _is_well(ending)]
        missing = int(not ended) if self.asked is None else max(0, len(self.asked) - len(ended))
        words = f"{len(ended) - len(running)} cells ended, {len(failed) + len(left)} of them without success"
        words += f"; {len(running)} run in another process" if running else ""
        words += f"; {missing} were asked for and did not end" if missing else ""
        lines = [f"{words}; all lie in {below_here(self.output)}", *map(str, [*failed, *left])]
        unsuccessful = bool(failed or left or missing)
        return [*lines, *(["runner.retry=true tries these again"] if failed else [])], int(unsuccessful)

    def _is_running(self, ending: Ending) -> bool:
        """Whether a process has the cell's lock."""
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


def begin(output: Path, told: Callable[[list[list[str]]], None]) -> Tally:
    """The tally of the sweep that this process begins."""
    global _tally
    _tally = Tally(output, told)
    return _tally


def current() -> Tally | None:
    """The tally of this process's sweep; None in a process that runs one cell, and in a worker."""
    return _tally
