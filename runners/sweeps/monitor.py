"""What a sweep over many cells tells while it runs."""

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
from tqdm import tqdm

from runners.cells.ending import LOG, Ending
from runners.cells.files import write_atomically
from runners.cells.progress import cell_bar
from runners.config.as_given import path_as_given
from runners.sweeps.tally import Tally, begin
from runners.sweeps.words import Progress, finished, plan, seconds_of


class SweepMonitor(Callback):
    """Hydra callback: writes the list of a sweep's cells, says what will run, and shows each cell as it ends.

    How the sweep ended is no matter of a callback, whose exceptions Hydra passes over, see :mod:`runners.sweeps.tally`.

    Args:
        seconds_per_cell: that one takes, for an estimate where none has ended in the folder yet.
        note: of an experiment, for who reads its results.
    """

    def __init__(self, seconds_per_cell: float | None = None, note: str | None = None) -> None:
        self.seconds_per_cell, self.note = seconds_per_cell, note

    def __getstate__(self) -> dict[str, Any]:
        # Launchers pickle callbacks into their workers, where there is nothing to monitor.
        return {}

    def on_multirun_start(self, config: DictConfig, **_: Any) -> None:
        self.folder = path_as_given(config.output).absolute()  # cells may change the folder that this process works in
        self.at_once = _at_once(config)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.tally = begin(self.folder, self._told)
        except OSError as error:  # Hydra passes over exceptions of callbacks, and goes on
            sys.exit(f"error: output: {error}")
        self.progress = Progress([])
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._show, daemon=True)
        self.thread.start()

    def on_multirun_end(self, config: DictConfig, **_: Any) -> None:
        self.over.set()
        self.thread.join()

    def _told(self, cells: list[list[str]]) -> None:
        """Writes down that these cells are asked for too, and says so."""
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
            which = frozenset(ending.overrides)
            if which in ended and ending.note == "finished before":
                continue  # by another sweep, while this one went on
            progress = self.progress
            bar.total = progress.total
            bar.update(which not in ended)
            ended.add(which)
            ran += ending.note != "finished before"
            count, elapsed = len(ended), time.monotonic() - start
            left = elapsed / ran * max(0, progress.total - count) if progress.total is not None and ran else None
            tqdm.write(progress.line(ending, count, left))
        bar.close()


def _lines_added_to(tally: Tally, over: threading.Event) -> Iterator[str]:
    """Whole lines that are added to the log since the sweep began, until ``over`` is set."""
    with tally.log.open(errors="replace") as file:
        file.seek(tally.begin)
        last_look, part = False, ""
        while not last_look:
            last_look = over.wait(0.2)
            *lines, part = (part + file.read()).split("\n")
            yield from lines


def _add_to_manifest(path: Path, cells: list[list[str]], note: str | None) -> None:
    """Keeps, beside the cells, which ones were asked for: a table can then show those that are missing. With the note
    of the experiment, where it has one."""
    with FileLock(path.with_name(".sweep.lock")):
        known = _manifest(path)
        kept = {"cells": known + [cell for cell in cells if cell not in known]} | ({"note": note} if note else {})
        write_atomically(path, json.dumps(kept) + "\n")


def _endings_in(folder: Path) -> list[Ending]:
    """How the cells of all sweeps of the folder have ended so far."""
    endings = list[Ending]()
    with contextlib.suppress(FileNotFoundError), (folder / LOG).open(errors="replace") as file:
        for line in file:
            with contextlib.suppress(ValueError):
                endings.append(Ending.from_json(line))
    return endings


def _at_once(config: DictConfig) -> int:
    """Cells that run at the same time on this machine, as far as it is known."""
    jobs = OmegaConf.select(config, "hydra.launcher.n_jobs")
    return max(1, len(os.sched_getaffinity(0)) if jobs == -1 else int(jobs or 1))


def _manifest(path: Path) -> list[list[str]]:
    """The cells that were asked for before; none where the list is broken, which is then made anew."""
    try:
        return [list(map(str, cell)) for cell in json.loads(path.read_text())["cells"]]
    except (FileNotFoundError, ValueError, KeyError, TypeError, RecursionError):
        return []
