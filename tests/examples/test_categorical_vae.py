"""The example, run as a reader of the documentation would run it."""

from __future__ import annotations

import re
import runpy
import sys
from pathlib import Path

import pytest

from tasks.sources import MNIST

EXAMPLE = Path("examples/categorical_vae.py")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Runs the example with command line arguments; the image goes to ``tmp_path/images/codes.png``."""

    def run_example(*arguments: str) -> None:
        output = str(tmp_path / "images" / "codes.png")
        monkeypatch.setattr(sys, "argv", [EXAMPLE.name, "--data", "mnist5k", "--output", output, *arguments])
        runpy.run_path(str(EXAMPLE), run_name="__main__")

    return run_example


@pytest.mark.parametrize("estimator", [pytest.param("gumbel_softmax", marks=pytest.mark.slow), "nvil"])
def test_the_example_learns_and_draws_codes(run, tmp_path: Path, capsys: pytest.CaptureFixture[str], estimator: str):
    run("--estimator", estimator, "--steps", "1")
    run("--estimator", estimator, "--steps", "60")
    first, last = map(float, re.findall(r"test ELBO (-\d+\.\d+) nats", capsys.readouterr().out))
    assert last > first + 250
    assert (tmp_path / "images" / "codes.png").stat().st_size > 5_000


@pytest.mark.parametrize(
    ("estimator", "message"),
    [
        ("gumble", "error: gumble: choose one of argmax_straight_through, arm, "),
        ("disarm", "error: DisARM exists for bernoulli latents only"),
        ("enumeration", "error: Enumeration: 10^20 codes are more than"),
        ("vimco", "error: vimco minimises another objective than the ELBO"),
    ],
)
def test_an_estimator_that_does_not_fit_is_one_line(run, estimator: str, message: str):
    with pytest.raises(SystemExit) as end:  # with a text as its code Python prints it and ends with status 1
        run("--estimator", estimator, "--steps", "1")
    assert str(end.value.code).startswith(message)
    assert "\n" not in str(end.value.code)


def test_damaged_data_are_one_line(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    damaged = tmp_path / MNIST[0].path
    damaged.parent.mkdir()
    damaged.write_bytes(b"no images")
    monkeypatch.setenv("GUMBEL_BENCH_DATA", str(tmp_path))
    with pytest.raises(SystemExit) as end:
        run("--data", "mnist")
    assert str(end.value.code).startswith(f"error: {damaged}")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--data", "cifar"), "argument --data: invalid choice: 'cifar' (choose from 'mnist', 'mnist5k')"),
        (("--steps", "0"), "argument --steps: 0 is less than 1"),
    ],
)
def test_a_bad_option_is_refused(run, capsys: pytest.CaptureFixture[str], arguments: tuple[str, str], message: str):
    with pytest.raises(SystemExit, match="2"):
        run(*arguments)
    said = capsys.readouterr().err
    assert all(word in said for word in re.findall(r"[-\w]+", message))


def test_the_example_stays_short():
    assert len(EXAMPLE.read_text().splitlines()) < 100
