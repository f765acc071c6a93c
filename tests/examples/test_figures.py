from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pandas as pd
import pytest


def test_every_picture_is_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    rows = [
        {
            "estimator": name,
            "task": "vae",
            "data": "digits",
            "status": "done",
            "estimator.temperature": t,
            "negative_bound": b,
            "bound_samples": 100,
        }
        for name in ("gumbel_softmax", "st_gumbel_softmax")
        for t, b in (("0.5", 120.0), ("1.0", 118.0), (None, 119.0))
    ]
    pd.DataFrame(rows).to_parquet(tmp_path / "cells.parquet")
    images = tmp_path / "images"
    monkeypatch.setattr(sys, "argv", ["figures.py", str(images), str(tmp_path), "--draws", "50"])
    runpy.run_path("examples/figures.py", run_name="__main__")
    drawn = {path.name: path.stat().st_size for path in images.iterdir()}
    assert drawn.keys() == {f"using_{name}.png" for name in ("argmax", "temperature", "accuracy", "bounds")}
    assert min(drawn.values()) > 10_000
