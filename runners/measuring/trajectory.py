"""Model parameters along one training run, shared by all cells that measure at them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock
from omegaconf import DictConfig, OmegaConf
from torch import Tensor

from estimators.exact import LocalExpectation
from runners.cells import checkpoint
from runners.cells.identity import digest, given
from runners.steps.assemble import assemble_task
from runners.steps.descent import descent_on
from runners.steps.seeds import drawing_from, stream_seed
from runners.steps.step import Step, trainable
from tasks.batches import TrainingBatches
from tasks.datasets import Dataset

State = dict[str, Tensor]


def stages_of_training(
    config: DictConfig, dataset: Dataset, stages: Sequence[int], batch_size: int
) -> Iterator[tuple[int, State]]:
    """(step, the model's state after this step) for each of ``stages``, in ascending order.

    The run uses local expectation gradients, which are unbiased and have almost no variance, so that it favours none of
    the estimators compared. It is stored in the output folder: the first cell that needs it trains it while the others
    wait.
    """
    parts: Any = OmegaConf.to_container(
        OmegaConf.masked_copy(config, ["task", "data", "optimizer", "seed"]), resolve=True
    )
    parts["optimizer"] = given(parts["optimizer"])
    folder = Path(config.output) / "trajectories"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{digest([parts, sorted(stages), batch_size])}.pt"
    with FileLock(f"{path}.lock"):
        if not path.exists():
            checkpoint.save(path, {"states": _train(config, dataset, sorted(stages), batch_size)})
    yield from checkpoint.load(path, config.device)["states"].items()


def _train(config: DictConfig, dataset: Dataset, stages: Sequence[int], batch_size: int) -> dict[int, Any]:
    task = assemble_task(config, dataset.mean)
    estimators = [LocalExpectation(latent) for latent in task.latents]
    update = Step(task, estimators, [descent_on(trainable(task), config, "optimizer")])
    seed = stream_seed(config.seed, "data order")
    batches = TrainingBatches(dataset, batch_size, seed)
    states = {}
    with drawing_from(config.seed, "estimator noise", config.device):
        for step in range(stages[-1] + 1):
            if step in stages:
                states[step] = {name: value.clone() for name, value in task.state_dict().items()}
            update.set_count(step)
            update(next(batches))
    return states


def state_of_cell(folder: Path, device: str) -> tuple[int, State]:
    """(step, the model's state) from a cell's checkpoint.

    Raises:
        FileNotFoundError: the folder has no checkpoint.
    """
    state = checkpoint.load(folder / "checkpoint.pt", device)
    return state["step"], state["task"]


def load_state(task: torch.nn.Module, state: State, source: str) -> None:
    """Loads ``state`` into the model.

    Raises:
        ValueError: it is the state of another model.
    """
    try:
        task.load_state_dict(state)
    except RuntimeError as error:
        raise ValueError(
            f"{source} has the parameters of another task: {str(error).splitlines()[-1].strip()}"
        ) from None
