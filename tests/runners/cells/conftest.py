"""What several tests of cells watch."""

from __future__ import annotations

import pytest

from runners.steps.training import Training


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
