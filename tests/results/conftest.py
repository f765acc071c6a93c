"""Folders of cells, written by the code that writes real ones, with chosen scores."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import pytest
from matplotlib.figure import Figure
from omegaconf import OmegaConf
from PIL import Image

from runners.cells import identity
from runners.cells.cell import Cell
from runners.cells.journal import Journal
from runners.cells.record import Status

WriteCell = Callable[..., Path]

DRAWN = Figure.savefig


def save_blank(_: Figure, path: Path, **__: Any) -> None:
    """Writes a white image in the place of a figure; what is no image is empty but for its first line."""
    if path.suffix == ".png":
        Image.new("L", (120, 60), 255).save(path)
    else:
        path.write_text("%PDF-1.4\n")


@pytest.fixture(autouse=True, scope="module")
def blank_figures() -> Iterator[None]:
    """Figures are made but not drawn, which takes most of the time of a report."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Figure, "savefig", save_blank)
        yield


@pytest.fixture
def drawn_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures are drawn all the same."""
    monkeypatch.setattr(Figure, "savefig", DRAWN)


@pytest.fixture
def without_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures are not even made, which takes half of the time of what is left of a report."""
    monkeypatch.setattr("results.report.draw", lambda figures, folder: [])


@pytest.fixture
def outputs(tmp_path: Path) -> Path:
    """The folder that :func:`write_cell` and :func:`ask_for` write into."""
    return tmp_path / "outputs"


@pytest.fixture
def write_cell(outputs: Path, monkeypatch: pytest.MonkeyPatch) -> WriteCell:
    """Writes one cell into :func:`outputs`, see :func:`cell_writer`."""
    return cell_writer(outputs, monkeypatch)


def cell_writer(outputs: Path, monkeypatch: pytest.MonkeyPatch) -> WriteCell:
    """A function that writes one cell and returns its folder; settings are dotted names.

    ``scores`` are further ones, ``valid`` is the validation bound, ``version`` that of the estimator's class,
    ``commit`` that of the code.
    """

    def write(
        estimator: str = "nvil",
        task: str = "vae_bernoulli",
        seed: int = 0,
        bound: float = 100.0,
        status: str = "done",
        data: str = "mnist5k-dynamic",
        steps_per_second: float = 200.0,
        cost_evaluations: int | None = 1,
        valid: float | None = None,
        scores: Mapping[str, float] | None = None,
        version: int = 1,
        commit: str = "abc",
        **settings: Any,
    ) -> Path:
        monkeypatch.setattr(identity, "class_fact", lambda _, name: version if name == "version" else None)
        config = OmegaConf.create(
            {
                "estimator": {"_target_": f"estimators.{estimator}"},
                "task": {"_target_": f"tasks.{task}", "latent": {"n": 200}},
                "data": {"binarisation": "dynamic"},
                "optimizer": {"_target_": "torch.optim.Adam", "lr": 0.001, "betas": [0.9, 0.999]},
                "auxiliary_optimizer": {"_target_": "torch.optim.Adam", "lr": 0.001},
                "runner": {"_target_": "runners.train.train", "steps": 20, "bound_samples": 100},
                "seed": seed,
                "device": "cpu",
                "threads": 1,
                "output": str(outputs),
                "names": {"estimator": estimator, "task": task, "data": data},
            }
        )
        for key, value in settings.items():
            OmegaConf.update(config, key, value, force_add=True)
        overrides = [f"estimator={estimator}", f"task={task}", f"seed={seed}"]
        overrides += [f"{key}={value}" for key, value in settings.items()]
        cell = Cell(config, overrides)
        cell.open(environment={"versions": {"torch": "2.13.0"}, "commit": commit})
        done = status == "done"
        journal = Journal(cell.folder)
        for step in (5, 10, 15, 20)[: 4 if done else 2]:
            journal.write(step, {"valid_negative_elbo": bound + 100 / step}, step / steps_per_second)
        if status == "running":
            return cell.folder
        assert status in get_args(Status)
        entries: dict[str, Any] = {"step": 20 if done else 10, "peak_memory_mb": 400.0}
        if done:
            known = {"negative_elbo": bound + 5, "negative_bound": bound}
            known |= {"bound_samples": config.runner.bound_samples} | dict(scores or {})
            known |= {} if valid is None else {"valid_negative_bound": valid, "valid_negative_elbo": valid + 5}
            entries |= {"scores": known, "steps_per_second": steps_per_second}
            entries |= {} if cost_evaluations is None else {"cost_evaluations": cost_evaluations}
        cell.close(status, None if done else f"why it {status}", **entries)  # type: ignore[arg-type]
        return cell.folder

    return write


@pytest.fixture
def ask_for(outputs: Path) -> Callable[..., None]:
    """Writes ``sweep.json``: each argument is the overrides of a cell, separated by spaces."""

    def write(*cells: str) -> None:
        outputs.mkdir(exist_ok=True)
        (outputs / "sweep.json").write_text(json.dumps({"cells": [cell.split() for cell in cells]}))

    return write
