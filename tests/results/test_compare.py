from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from results.compare import main
from tests.results.conftest import WriteCell

Printed = pytest.CaptureFixture[str]


@pytest.fixture
def two(write_cell: WriteCell, outputs: Path, tmp_path: Path) -> Callable[..., tuple[Path, Path]]:
    """Two folders with a method's bounds by seed; None leaves the method out."""

    def written(base: list[float] | None, new: list[float] | None) -> tuple[Path, Path]:
        folders = []
        for name, bounds in (("base", base), ("new", new)):
            write_cell("muprop", bound=110.0)
            for seed, bound in enumerate(bounds or []):
                write_cell("nvil", seed=seed, bound=bound)
            folders.append(outputs.rename(tmp_path / name))
        return folders[0], folders[1]

    return written


SEEDS = [100.0, 104.0, 98.0, 101.0, 107.0, 95.0]


def shifted(by: float) -> list[float]:
    return [bound + by + 0.01 * seed for seed, bound in enumerate(SEEDS)]


def test_what_is_worse_comes_first_the_largest_change_on_top(
    write_cell: WriteCell, outputs: Path, tmp_path: Path, capsys: Printed
):
    changed = {"arm": -1.0, "darn": 0.0, "muprop": 1.0, "nvil": 3.0}
    for name, sign in (("base", 0), ("new", 1)):
        for method, change in changed.items():
            for seed, bound in enumerate(SEEDS):
                write_cell(method, seed=seed, bound=bound + sign * (change + 0.01 * seed))
        outputs.rename(tmp_path / name)
    assert main([str(tmp_path / "base"), str(tmp_path / "new")]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[:3]] == [["worse", "nvil"], ["worse", "muprop"], ["better", "arm"]]
    assert lines[3] == "2 worse, 1 better, 1 same"


@pytest.mark.parametrize(
    ("base", "new", "verdict", "status"),
    [
        (SEEDS, shifted(+1.0), "worse", 1),
        (SEEDS, shifted(-1.0), "better", 0),
        (SEEDS, shifted(+0.2), "2 same", 0),
        (SEEDS, [bound + 3 * (-1) ** seed + 0.6 for seed, bound in enumerate(SEEDS)], "2 same", 0),
        (SEEDS[:3], shifted(+1.0)[:3], "worse", 1),
        (SEEDS[:2], [101.0, 105.2], "2 same", 0),
        (
            SEEDS,
            shifted(0)[:5],
            "lost     nvil on vae_bernoulli (mnist5k-dynamic), 100-sample bound; 1 of its seeds",
            1,
        ),
        ([100.0], [101.0], "differs", 0),
        (SEEDS, None, "gone", 1),
        (None, SEEDS, "new", 0),
    ],
)
def test_a_verdict_needs_size_and_a_test(
    two: Callable[..., tuple[Path, Path]],
    capsys: Printed,
    base: list[float] | None,
    new: list[float] | None,
    verdict: str,
    status: int,
):
    assert main([*map(str, two(base, new))]) == status
    assert capsys.readouterr().out.startswith(verdict)


def test_the_line_has_difference_interval_seeds_and_p(two: Callable[..., tuple[Path, Path]], capsys: Printed):
    main([*map(str, two(SEEDS, shifted(+1.0)))])
    line = capsys.readouterr().out.splitlines()[0]
    assert line.startswith("worse    nvil on vae_bernoulli (mnist5k-dynamic), 100-sample bound: +1.0")
    assert line.endswith("over 6 seeds, p < 0.001")


def test_many_methods_with_six_seeds_can_all_be_worse(
    write_cell: WriteCell, outputs: Path, tmp_path: Path, capsys: Printed
):
    for name, by in (("base", 0.0), ("new", 1.0)):
        for method in ("darn", "muprop", "nvil", "rebar"):
            for seed, bound in enumerate(shifted(by) if by else SEEDS):
                write_cell(method, seed=seed, bound=bound)
        outputs.rename(tmp_path / name)
    assert main([str(tmp_path / "base"), str(tmp_path / "new")]) == 1
    assert capsys.readouterr().out.endswith("4 worse\n")


@pytest.fixture
def folders(write_cell: WriteCell, outputs: Path, tmp_path: Path) -> Callable[..., list[str]]:
    """Two folders of nvil with three seeds, each written with further arguments."""

    def written(base: dict[str, Any], *new: dict[str, Any]) -> list[str]:
        for name, parts in (("base", [base]), ("new", new)):
            for part in parts:
                for seed in range(3):
                    write_cell("nvil", seed=seed, **{"bound": 100.0 + seed} | part)
            outputs.rename(tmp_path / name)
        return [str(tmp_path / "base"), str(tmp_path / "new")]

    return written


@pytest.mark.parametrize(
    ("key", "before", "after"), [("runner.steps", 20, 40), ("optimizer.lr", 0.001, 0.01)], ids=["budget", "rate"]
)
def test_another_configuration_is_named_and_not_judged(
    folders: Callable[..., list[str]], capsys: Printed, key: str, before: float, after: float
):
    assert main(folders({key: before}, {key: after, "bound": 50.0})) == 1
    out = capsys.readouterr().out
    assert out.startswith("changed  nvil")
    assert f"{key}: {before} -> {after}" in out
    assert "better" not in out


def test_a_second_learning_rate_is_new_and_the_first_is_compared(folders: Callable[..., list[str]], capsys: Printed):
    assert main(folders({}, {}, {"optimizer.lr": 0.01})) == 0
    assert capsys.readouterr().out.endswith("1 new, 1 same\n")


def test_a_score_that_is_not_finite_any_more_is_lost(folders: Callable[..., list[str]], capsys: Printed):
    assert main(folders({}, {"bound": float("nan")})) == 1
    assert capsys.readouterr().out.startswith("lost     nvil")


def test_a_newer_version_of_a_class_is_judged_and_named(folders: Callable[..., list[str]], capsys: Printed):
    assert main(folders({"version": 1}, {"version": 2, "bound": 50.0})) == 0
    assert "estimator version 1, task version 1 -> estimator version 2, task version 2" in capsys.readouterr().out


def test_accuracy_is_compared_too(folders: Callable[..., list[str]], capsys: Printed):
    base = {"valid": 1.0, "scores": {"accuracy": 0.9, "valid_accuracy": 0.9}}
    assert main(folders(base, {"valid": 1.0, "scores": {"accuracy": 0.8, "valid_accuracy": 0.9}})) == 1
    assert "worse    nvil on vae_bernoulli (mnist5k-dynamic), accuracy: -0.100" in capsys.readouterr().out


def test_keys_that_only_one_folder_has_are_named_and_not_compared(folders: Callable[..., list[str]], capsys: Printed):
    assert main(folders({}, {"runner.new_key": 3})) == 0
    assert "keys that only one of the folders has, not compared: runner.new_key" in capsys.readouterr().out


def test_a_folder_without_cells_is_said_to_be_one(tmp_path: Path, capsys: Printed):
    assert main([str(tmp_path), str(tmp_path)]) == 2
    assert "holds no cells" in capsys.readouterr().err


@pytest.mark.parametrize("size", ["nan", "inf", "-1", "0"])
def test_the_smallest_change_that_matters_is_a_positive_number(size: str, capsys: Printed):
    with pytest.raises(SystemExit, match="2"):
        main(["published:reference", "published:reference", "--size", size])
    assert f"argument --size: {size}: write a positive number" in capsys.readouterr().err
