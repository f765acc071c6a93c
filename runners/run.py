"""``python -m runners.run``: runs one cell, or a whole sweep with ``-m`` or an experiment.

Modules that need PyTorch are imported only when something is run, so that help is shown at once.
"""

from __future__ import annotations

import math
import os
import sys
from concurrent.futures.process import BrokenProcessPool
from typing import Any

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.plugins import Plugins
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from runners.cells.leftovers import ending_leftovers
from runners.cells.record import UNSUCCESSFUL
from runners.cells.terminal import printable, use_terminal
from runners.config.as_given import path_as_given, take_as_given, words_as_given
from runners.config.messages import WIDE, explain, shown
from runners.config.third_party import InstalledConfigurations
from runners.sweeps.candidates import validation_score
from runners.sweeps.groups import KEY, cells_of_job
from tasks.fetch import FOLDER_VARIABLE

HELP = ("--help", "-h", "--hydra-help")
"""Arguments with which nothing is run."""


SEVERAL = ("-m", "--multirun")
"""They may stand anywhere, while Hydra's parser refuses overrides on both sides of them."""


@hydra.main(version_base="1.3", config_path="pkg://conf", config_name="config")
def _main(config: DictConfig) -> float | None:
    """Returns the validation score of one cell, nats, which a sweeper such as Optuna's minimises."""
    from runners.cells.execution import run_cell
    from runners.replicas.execution import run_side_by_side

    job = HydraConfig.get()
    if KEY in config:
        cells = list(cells_of_job(config))
        for cell, overrides in cells:
            take_as_given(cell, overrides)
        run_side_by_side(cells)
        return None
    # Not resolved: an override that refers to something that does not exist is a mistake of the cell.
    overrides: Any = OmegaConf.to_container(job.overrides.task, resolve=False)
    take_as_given(config, overrides)
    cell, ending = run_cell(config, overrides)
    if job.mode == RunMode.RUN:
        print(ending)
        if not ending.is_success:
            raise SystemExit(1)
    return math.nan if ending.status in UNSUCCESSFUL else validation_score(cell.meta)


def main() -> None:
    with ending_leftovers():
        _run()


def _run() -> None:
    use_terminal()
    traceback_wanted = "HYDRA_FULL_ERROR" in os.environ
    # Makes Hydra raise errors instead of printing them, so that the message can name the valid choices.
    os.environ["HYDRA_FULL_ERROR"] = "1"
    if os.environ.get(FOLDER_VARIABLE):
        os.environ[FOLDER_VARIABLE] = str(path_as_given(os.environ[FOLDER_VARIABLE]).absolute())  # for jobs elsewhere
    Plugins.instance().register(InstalledConfigurations)
    if not {*HELP} & {*sys.argv}:
        from runners.sweeps.sweepers import register_sweepers

        register_sweepers()
    try:
        sys.argv[1:] = sorted(words_as_given(sys.argv[1:]), key=lambda word: word not in SEVERAL)
        _main()
    except KeyboardInterrupt:
        sys.exit("interrupted: run the same command again to resume")
    except BrokenProcessPool:
        sys.exit(
            "error: a worker was killed, perhaps for lack of memory, which ended the sweep. Run the same command again "
            "to resume; add runner.isolate=true to run each cell in its own process"
        )
    except (HydraException, OmegaConfBaseException) as error:
        sys.exit(f"error: {printable(explain(error))}")
    except OSError as error:
        sys.exit(f"error: output: {error}")
    except Exception as error:  # raised by Hydra for values that it does not expect; cells raise none
        if traceback_wanted:
            raise
        what = printable(shown(error, WIDE)) or type(error).__name__
        sys.exit(f"error: {what} (for the traceback, set HYDRA_FULL_ERROR=1)")
    sys.exit(_conclude())


def _conclude() -> int:
    """Reports how the sweep of this process ended, if there was one; returns the exit status."""
    from runners.sweeps.tally import current

    tally = current()
    if tally is None:
        return 0
    lines, status = tally.conclusion()
    print("\n".join(lines))
    return status


if __name__ == "__main__":
    main()
