"""What holds for all tests of runners."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def checkpoints_by_steps_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """How long steps take is no matter of tests, but of those that set it."""
    monkeypatch.setattr("runners.steps.training.FIRST_SAVE", float("inf"))
    monkeypatch.setattr("runners.steps.training.SAVE_EVERY", float("inf"))
