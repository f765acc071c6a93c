"""``python -m runners.run``: runs one cell, or with ``-m`` or an experiment a whole sweep."""

from __future__ import annotations

import os
import sys
import traceback

import hydra
import torch
from hydra.core.hydra_config import HydraConfig
from hydra.core.plugins import Plugins
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from estimators import NotApplicable, build
from runners.cell import Cell
from runners.environment import environment, peak_memory_mb, reset_peak_memory
from runners.mistakes import explain
from runners.progress import log, logging_to
from runners.sweep import UNSUCCESSFUL, announce
from runners.third_party import InstalledConfigurations, take_classes_given_outright
from runners.train import Diverged


def run_cell(config: DictConfig, overrides: list[str]) -> tuple[Cell, str]:
    """Runs a cell to its end, whatever that is, and records it. Returns the cell and a line for the reader.

    A finished cell is left as it is. No error of the cell leaves this function, because one would end the whole sweep.
    """
    torch.set_num_threads(config.threads)
    cell = Cell(config)
    if cell.finished:
        return cell, announce(cell, already=True)
    cell.folder.mkdir(parents=True, exist_ok=True)
    with logging_to(cell.folder / "cell.log"):
        cell.open(overrides, environment())
        reset_peak_memory()
        try:
            entries = build(config.runner)(cell)
            cell.close("done", **entries, peak_memory_mb=round(peak_memory_mb(config.device), 1))
        except NotApplicable as reason:
            cell.close("skipped", str(reason))
        except Diverged as divergence:
            cell.close("diverged", str(divergence), step=divergence.step)
        except Exception as error:
            log.debug(traceback.format_exc())
            cell.close("failed", f"{type(error).__name__}: {error}")
    return cell, announce(cell)


@hydra.main(version_base="1.3", config_path="pkg://conf", config_name="config")
def _main(config: DictConfig) -> None:
    job = HydraConfig.get()
    overrides = list(job.overrides.task)
    take_classes_given_outright(config, overrides)
    cell, line = run_cell(config, overrides)
    if job.mode == RunMode.RUN:
        print(line)
        if cell.meta["status"] in UNSUCCESSFUL:
            raise SystemExit(1)


def main() -> None:
    # Hydra then raises what it would print, so that the message can name the valid choices.
    os.environ.setdefault("HYDRA_FULL_ERROR", "1")
    Plugins.instance().register(InstalledConfigurations)
    try:
        _main()
    except (HydraException, OmegaConfBaseException) as error:
        sys.exit(f"error: {explain(error)}")


if __name__ == "__main__":
    main()
