"""A folder of data files in place of the real ones."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty user's folder, beside an empty cache; no test that asks for it sees the real ones."""
    monkeypatch.setenv("GUMBEL_BENCH_DATA", str(tmp_path / "user"))
    monkeypatch.setattr("pooch.os_cache", lambda name: tmp_path / "cache")
    return tmp_path / "user"
