"""What a sweep over many cells tells while it runs and when it ends."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.experimental.callback import Callback
from omegaconf import DictConfig
from tqdm import tqdm

from runners.cell import Cell, write_atomically
from runners.progress import cell_bar

LOG = "sweep.log"
"""File in the output folder to which every cell that ends adds a line, its status first."""

UNSUCCESSFUL = ("failed", "crashed", "timeout")


def announce(cell: Cell, *, already: bool = False) -> str:
    """Adds the cell's ending to the sweep's log; returns the line."""
    meta = cell.meta
    names, scores = meta["names"], meta.get("scores") or {}
    words = [f"{meta['status']:8}", f"{names['estimator']} {names['task']} {names['data']} seed={meta['seed']}"]
    if scores:
        words.append("  ".join(f"{name} {value:.2f}" for name, value in scores.items() if name.startswith("negative")))
    if meta["reason"]:
        words.append(meta["reason"].splitlines()[0])
    words.append("(finished before)" if already else str(cell.folder))
    line = "  ".join(words)
    with (cell.folder.parent / LOG).open("a") as file:
        file.write(line + "\n")
    return line


class SweepMonitor(Callback):
    """Hydra callback: writes the list of a sweep's cells, shows each as it ends, and names those that failed."""

    def __getstate__(self) -> dict[str, Any]:
        # Launchers pickle callbacks into their workers, where there is nothing to monitor.
        return {}

    def on_multirun_start(self, config: DictConfig, **_: Any) -> None:
        folder = Path(config.output)
        folder.mkdir(parents=True, exist_ok=True)
        cells = _cells_of(config)
        _add_to_manifest(folder / "sweep.json", cells)
        self.ended: list[str] = []
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._show, args=(folder / LOG, len(cells) or None), daemon=True)
        self.thread.start()

    def on_multirun_end(self, config: DictConfig, **_: Any) -> None:
        self.over.set()
        self.thread.join()
        failed = [line for line in self.ended if line.startswith(UNSUCCESSFUL)]
        print(f"{len(self.ended)} cells ended, {len(failed)} of them without success; all lie in {config.output}")
        for line in failed:
            print(line)
        if failed:
            raise SystemExit(1)

    def _show(self, path: Path, total: int | None) -> None:
        start, bar = time.monotonic(), cell_bar(total)
        for line in _lines_added_to(path, self.over):
            self.ended.append(line)
            count, elapsed = len(self.ended), time.monotonic() - start
            left = "" if total is None else f"/{total}, about {_clock(elapsed / count * max(0, total - count))} left"
            tqdm.write(f"[{count}{left}]  {line}")
            bar.update()
        bar.close()


def _lines_added_to(path: Path, over: threading.Event) -> Iterator[str]:
    """Whole lines that are appended from now until ``over`` is set."""
    path.touch()
    with path.open() as file:
        file.seek(0, 2)
        last_look, part = False, ""
        while not last_look:
            last_look = over.wait(0.2)
            *lines, part = (part + file.read()).split("\n")
            yield from lines


def _cells_of(config: DictConfig) -> list[list[str]]:
    """The overrides of every cell that Hydra's basic sweeper will launch; empty for other sweepers."""
    if not config.hydra.sweeper._target_.endswith("BasicSweeper"):
        return []
    swept = [f"{key}={value}" for key, value in (config.hydra.sweeper.params or {}).items()]
    parser = OverridesParser.create(config_loader=GlobalHydra.instance().config_loader())
    overrides = parser.parse_overrides([*swept, *config.hydra.overrides.task])
    (cells,) = BasicSweeper.split_arguments(overrides, max_batch_size=None)
    return [list(cell) for cell in cells]


def _add_to_manifest(path: Path, cells: list[list[str]]) -> None:
    """Keeps, beside the cells, which ones were asked for: a table can then show those that are missing."""
    known = json.loads(path.read_text())["cells"] if path.exists() else []
    write_atomically(path, json.dumps({"cells": known + [cell for cell in cells if cell not in known]}) + "\n")


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
