"""The example, run as a reader of the documentation would run it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path("examples/categorical_vae.py")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(EXAMPLE), "--data", "mnist5k", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("estimator", ["gumbel_softmax", "nvil"])
def test_the_example_learns_and_draws_codes(tmp_path: Path, estimator: str):
    picture = tmp_path / "codes.png"
    ended = run("--estimator", estimator, "--steps", "60", "--output", str(picture))
    assert ended.returncode == 0, ended.stderr
    (elbo,) = map(float, re.findall(r"step 60  test ELBO (-\d+\.\d+) nats", ended.stdout))
    assert elbo > -300, "pixels at random cost 543 nats"
    assert picture.stat().st_size > 5_000


@pytest.mark.parametrize(
    ("estimator", "message"),
    [
        ("gumble", "error: gumble: choose one of arm, "),
        ("disarm", "error: DisARM exists for bernoulli latents only"),
        ("enumeration", "error: Enumeration: 10^20 codes are more than"),
        ("vimco", "error: vimco minimises another objective than the ELBO"),
    ],
)
def test_an_estimator_that_does_not_fit_is_one_line(tmp_path: Path, estimator: str, message: str):
    ended = run("--estimator", estimator, "--steps", "1", "--output", str(tmp_path / "codes.png"))
    assert ended.returncode == 1
    assert ended.stderr.startswith(message)
    assert len(ended.stderr.splitlines()) == 1


def test_the_example_stays_short():
    assert len(EXAMPLE.read_text().splitlines()) < 100
