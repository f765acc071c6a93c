"""A report is made of files alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np

from tests.results.conftest import WriteCell

PROGRAM = """
import sys
import results, results.compare, results.pack, results.published, results.status
from results import report
from results.__main__ import main
from results.figures.draw import draw

# All figures are made, and those with images are drawn.
report.draw = lambda figures, folder: draw([each for each in figures if each[0].startswith("samples")], folder)
assert main([sys.argv[1]]) == 0
results.load(sys.argv[1])
print("loaded:", *sorted(sys.modules))
"""

OF_RUNNERS = {"runners", "runners.cells", "runners.config", "runners.config.kinds"} | {
    f"runners.cells.{name}" for name in ("files", "keys", "record", "terminal")
}


def test_a_report_with_images_is_made_without_pytorch_and_without_models(write_cell: WriteCell, outputs: Path):
    for seed in range(2):
        folder = write_cell("nvil", seed=seed)
        np.savez_compressed(folder / "gallery.npz", samples=np.full((10, 28, 28), 128, dtype=np.uint8))
    command = [sys.executable, "-c", PROGRAM, str(outputs)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    loaded = set(ended.stdout.partition("loaded:")[2].split())
    assert {"results", "numpy", "matplotlib"} <= loaded
    assert not loaded & {"torch", "hydra", "tasks", "estimators"}
    assert {name for name in loaded if name.partition(".")[0] == "runners"} == OF_RUNNERS
    assert (outputs / "figures" / "samples_vae_bernoulli_mnist5k-dynamic.png").exists()
    assert "Gumbel-Softmax" in (outputs / "report.html").read_text()
