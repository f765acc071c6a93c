"""What several tests of cells watch, and compare with."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from runners.cells.cell import Cell
from runners.cells.execution import run_cell
from runners.steps.training import Training
from tests.conftest import small_cell


@pytest.fixture
def trained_from(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The step before each one that is made."""
    made: list[int] = []
    advance = Training.advance

    def watched(self: Training) -> None:
        made.append(self.step)
        advance(self)

    monkeypatch.setattr(Training, "advance", watched)
    return made


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Cell]:
    """The cell with these overrides that nothing has disturbed; it is run once, and only read."""

    @cache
    def run(*overrides: str) -> Cell:
        return run_cell(small_cell(*overrides, f"output={tmp_path_factory.mktemp('whole')}"), [])[0]

    return run
