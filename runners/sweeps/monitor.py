"""What a sweep over many cells tells while it runs and when it ends."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from filelock import FileLock
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException
from hydra.experimental.callback import Callback
from omegaconf import DictConfig, OmegaConf
from tqdm import tqdm

from runners.cells.ending import LOG, Ending
from runners.cells.files import write_atomically
from runners.cells.progress import cell_bar
from runners.cells.record import UNSUCCESSFUL
from runners.config.as_given import path_as_given
from runners.sweeps.grids import GridSweeper, cells_of_sweep


class SweepMonitor(Callback):
    """Hydra callback: writes the list of a sweep's cells, shows each as it ends, and names those that failed."""

    def __getstate__(self) -> dict[str, Any]:
        # Launchers pickle callbacks into their workers, where there is nothing to monitor.
        return {}

    def on_multirun_start(self, config: DictConfig, **_: Any) -> None:
        folder = path_as_given(config.output).absolute()  # cells may change the folder that this process works in
        folder.mkdir(parents=True, exist_ok=True)
        cells = _cells_of(config)
        _add_to_manifest(folder / "sweep.json", cells)
        self.ended: dict[str, Ending] = {}
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._show, args=(folder / LOG, len(cells) or None), daemon=True)
        self.thread.start()

    def on_multirun_end(self, config: DictConfig, **_: Any) -> None:
        self.over.set()
        self.thread.join()
        failed = [ending for ending in self.ended.values() if ending.status in UNSUCCESSFUL]
        elsewhere = sum(ending.status == "running" for ending in self.ended.values())
        words = f"{len(self.ended) - elsewhere} cells ended, {len(failed)} of them without success"
        words += f"; {elsewhere} run in another process" if elsewhere else ""
        print(f"{words}; all lie in {path_as_given(config.output)}")
        for ending in failed:
            print(ending)
        if failed:
            print("runner.retry=true tries these again")
            raise SystemExit(1)

    def _show(self, path: Path, total: int | None) -> None:
        start, bar, ran = time.monotonic(), cell_bar(total), 0
        for line in _lines_added_to(path, self.over):
            ending = Ending.from_json(line)
            if ending.folder in self.ended and ending.note == "finished before":
                continue  # by another sweep, while this one went on
            bar.update(ending.folder not in self.ended)
            self.ended[ending.folder] = ending
            ran += ending.note != "finished before"
            count, elapsed = len(self.ended), time.monotonic() - start
            left = "" if total is None else f"/{total}"
            if total is not None and ran:
                left += f", about {_clock(elapsed / ran * max(0, total - count))} left"
            tqdm.write(f"[{count}{left}]  {ending}")
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
    """The overrides of every cell that the sweep will launch; empty for other people's sweepers."""
    sweeper = config.hydra.sweeper
    if not sweeper._target_.endswith(("BasicSweeper", GridSweeper.__name__)):
        return []
    loader = GlobalHydra.instance().config_loader()
    # What is wrong with the overrides, the sweeper is going to say.
    with contextlib.suppress(HydraException):
        # Unresolved: an override such as b=${a} is different in each cell.
        overrides: Any = OmegaConf.to_container(config.hydra.overrides.task, resolve=False)
        return cells_of_sweep(sweeper.get("grids") or [], sweeper.params or {}, overrides, loader)
    return []


def _add_to_manifest(path: Path, cells: list[list[str]]) -> None:
    """Keeps, beside the cells, which ones were asked for: a table can then show those that are missing."""
    with FileLock(path.with_name(".sweep.lock")):
        known = json.loads(path.read_text())["cells"] if path.exists() else []
        write_atomically(path, json.dumps({"cells": known + [cell for cell in cells if cell not in known]}) + "\n")


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
