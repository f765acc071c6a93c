"""The progress of a sweep while it runs."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from filelock import FileLock
from hydra.experimental.callback import Callback
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from tqdm import tqdm

from runners.cells.ending import LOG, Ending
from runners.cells.files import write_atomically
from runners.cells.progress import cell_bar
from runners.config.as_given import path_as_given
from runners.config.messages import explain
from runners.sweeps.tally import Tally, begin
from runners.sweeps.words import Progress, finished, plan, seconds_of


class SweepMonitor(Callback):
    """Hydra callback: writes the list of a sweep's cells, prints what will run, and reports each cell as it ends.

    The outcome is reported elsewhere (:mod:`runners.sweeps.tally`), since Hydra ignores exceptions of callbacks.

    Args:
        seconds_per_cell: expected time of a cell, for an estimate if no cell has ended in the folder yet.
        note: the experiment's note for readers of its results.
    """

    def __init__(self, seconds_per_cell: float | None = None, note: str | None = None) -> None:
        self.seconds_per_cell, self.note = seconds_per_cell, note

    def __getstate__(self) -> dict[str, Any]:
        # Launchers pickle callbacks into their workers, where there is nothing to monitor.
        return {}

    def on_multirun_start(self, config: DictConfig, **_: Any) -> None:
        self.at_once = _at_once(config)
        try:
            self.folder = path_as_given(config.output).absolute()  # cells may change the current folder
            self.folder.mkdir(parents=True, exist_ok=True)
            self.tally = begin(self.folder, self._announce)
        except (OSError, OmegaConfBaseException) as error:  # Hydra would ignore it and continue
            sys.exit(f"error: output: {error}" if isinstance(error, OSError) else f"error: {explain(error)}")
        self.progress = Progress([])
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._show, daemon=True)
        self.thread.start()

    def on_multirun_end(self, config: DictConfig, **_: Any) -> None:
        self.over.set()
        self.thread.join()

    def _announce(self, cells: list[list[str]]) -> None:
        """Adds cells to the folder's list, and prints what will run."""
        _add_to_manifest(self.folder / "sweep.json", cells, self.note)
        endings = _endings_in(self.folder)
        before, each = finished(endings, cells), seconds_of(endings) or self.seconds_per_cell
        seconds = None if each is None else each * (len(cells) - before) / self.at_once
        print(plan(cells, self.folder, before, seconds), flush=True)
        self.progress = Progress([*(self.tally.asked or {}).values(), *cells])

    def _show(self) -> None:
        start, bar, ran = time.monotonic(), cell_bar(None), 0
        ended: set[frozenset[str]] = set()
        for line in _lines_added_to(self.tally, self.over):
            ending = self.tally.own(line)
            if ending is None:
                continue
            cell = frozenset(ending.overrides)
            if cell in ended and ending.note == "finished before":
                continue  # reported by another sweep in the meantime
            progress = self.progress
            bar.total = progress.total
            bar.update(cell not in ended)
            ended.add(cell)
            ran += ending.note != "finished before"
            count, elapsed = len(ended), time.monotonic() - start
            left = elapsed / ran * max(0, progress.total - count) if progress.total is not None and ran else None
            tqdm.write(progress.line(ending, count, left))
        bar.close()


def _lines_added_to(tally: Tally, over: threading.Event) -> Iterator[str]:
    """Complete lines added to the log since the sweep began, until ``over`` is set, or it cannot be read any more."""
    with contextlib.suppress(OSError), tally.log.open(errors="replace") as file:
        file.seek(tally.begin)
        last_look, part = False, ""
        while not last_look:
            last_look = over.wait(0.2)
            *lines, part = (part + file.read()).split("\n")
            yield from lines


def _add_to_manifest(path: Path, cells: list[list[str]], note: str | None) -> None:
    """Adds cells to the folder's list of requested cells, from which tables know those that are missing; and the
    experiment's note, if it has one."""
    with FileLock(path.with_name(".sweep.lock")):
        known = _manifest(path)
        kept = {"cells": known + [cell for cell in cells if cell not in known]} | ({"note": note} if note else {})
        write_atomically(path, json.dumps(kept) + "\n")


def _endings_in(folder: Path) -> list[Ending]:
    """The endings of the cells of all sweeps into the folder so far."""
    endings = list[Ending]()
    with contextlib.suppress(FileNotFoundError), (folder / LOG).open(errors="replace") as file:
        for line in file:
            with contextlib.suppress(ValueError):
                endings.append(Ending.from_json(line))
    return endings


def _at_once(config: DictConfig) -> int:
    """The number of cells that run at the same time on this machine, if it is known, else 1."""
    jobs = OmegaConf.select(config, "hydra.launcher.n_jobs")
    return max(1, len(os.sched_getaffinity(0)) if jobs == -1 else int(jobs or 1))


def _manifest(path: Path) -> list[list[str]]:
    """The cells requested before; none if the list is damaged, so that it is written again."""
    try:
        return [list(map(str, cell)) for cell in json.loads(path.read_text())["cells"]]
    except (FileNotFoundError, ValueError, KeyError, TypeError, RecursionError):
        return []
