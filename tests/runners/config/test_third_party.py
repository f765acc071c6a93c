"""An estimator of somebody else's: given by its class, by a folder of configuration, and as an installed package."""

from __future__ import annotations

import functools
import importlib
import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from omegaconf import OmegaConf

import runners
from estimators.checks import check_estimator
from estimators.checks.result import Summary
from tests.runners.launched import SMALL, metas, run

GUIDE = Path("docs/adding-an-estimator.md")

SOME = ["class_facts", "dtype", "unbiased_logits", "unbiased_cost_parameters", "value"]


@pytest.fixture
def module(tmp_path: Path) -> Path:
    """A folder with the module that the guide builds, as the guide prints it."""
    code = re.search(r"```python\n# two_sample\.py\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    assert code
    folder = tmp_path / "module"
    folder.mkdir()
    (folder / "two_sample.py").write_text(code.group(1))
    return folder


def test_a_class_given_outright_runs_under_its_own_name(tmp_path: Path, module: Path):
    ended = run("estimator={_target_: two_sample.TwoSample}", *SMALL, f"output={tmp_path}", PYTHONPATH=str(module))
    assert ended.returncode == 0, ended.stderr
    (meta,) = metas(tmp_path).values()
    assert meta["status"] == "done"
    assert meta["names"]["estimator"] == "TwoSample"


@pytest.mark.slow
def test_options_of_a_class_given_outright_are_its_own(tmp_path: Path):
    given = "estimator={_target_: estimators.score_function.RLOO}"
    ended = run("-m", given, "+estimator.samples=2,3", "estimator.bogus=1", *SMALL, f"output={tmp_path}")
    assert ended.returncode == 1
    assert "estimator.bogus: there is no such key" in ended.stderr
    ended = run("-m", given, "+estimator.samples=2,3", *SMALL, f"output={tmp_path}")
    assert ended.returncode == 0, ended.stderr
    options = [OmegaConf.load(tmp_path / name / "config.yaml").estimator for name in metas(tmp_path)]
    assert sorted(each.samples for each in options) == [2, 3]


slow = functools.partial(pytest.param, marks=pytest.mark.slow)

UNTRAINED = [SMALL[0], "runner=toy"]
"""Cells that have a configuration and are skipped, since the runner has another task."""

RLOO = "{{_target_: estimators.score_function.RLOO, samples: {}}}"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        slow([f"estimator={RLOO.format(3)}"], [3]),
        (["-m", f"estimator={RLOO.format(3)},rloo,{RLOO.format(2)}"], [2, 2, 3]),
        slow(["-m", f"estimator=rloo,{RLOO.format(3)}"], [2, 3]),
        slow(["-m", f"+estimator={RLOO.format(3)}", "seed=0,1"], [3, 3]),
        slow(["-m", f"estimator={RLOO.format(3)}", "hydra.sweeper.grids=[{estimator:nvil}]"], [3]),
        slow(["-m", f"+estimator={RLOO.format(3)}", "hydra.sweeper.grids=[{estimator:nvil}]"], [3]),
        (["-m", f"hydra.sweeper.grids=[{{estimator:'{RLOO.format(3)}'}}]"], [3]),
    ],
)
def test_a_class_given_outright_may_have_options(tmp_path: Path, words: list[str], expected: list[int]):
    ended = run(*words, *UNTRAINED, f"output={tmp_path}")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    options = [OmegaConf.load(tmp_path / name / "config.yaml").estimator for name in metas(tmp_path)]
    assert sorted(each.get("samples", 2) for each in options) == expected
    assert "did not end" not in ended.stdout


def test_so_may_one_in_a_program(tmp_path: Path):
    config = runners.compose(f"estimator={RLOO.format(3)}", *SMALL, f"output={tmp_path}")
    assert (config.estimator.samples, config.names.estimator) == (3, "RLOO")
    with pytest.raises(ValueError, match=r"estimator\.bogus: estimators\.score_function\.RLOO has no such argument"):
        runners.compose("estimator={_target_: estimators.score_function.RLOO, bogus: 3}", f"output={tmp_path}")


def test_a_folder_of_configuration_adds_a_choice_to_the_group(tmp_path: Path, module: Path):
    (module / "estimator").mkdir()
    (module / "estimator" / "two_sample.yaml").write_text("_target_: two_sample.TwoSample\n")
    search = f"hydra.searchpath=[file://{module}]"
    ended = run("-m", search, "estimator=two_sample,nvil", *SMALL, f"output={tmp_path}", PYTHONPATH=str(module))
    assert ended.returncode == 0, ended.stderr
    assert sorted(meta["names"]["estimator"] for meta in metas(tmp_path).values()) == ["nvil", "two_sample"]


def source_of(folder: Path, module: Path) -> Path:
    """A package with the guide's estimator, its configuration and the entry point that the guide prints."""
    configuration = folder / "two_sample_conf" / "estimator"
    configuration.mkdir(parents=True)
    shutil.copyfile(module / "two_sample.py", folder / "two_sample.py")
    (folder / "two_sample_conf" / "__init__.py").touch()
    (configuration / "two_sample.yaml").write_text("_target_: two_sample.TwoSample\n")
    entry_point = re.search(r"```toml\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    assert entry_point
    (folder / "pyproject.toml").write_text(
        '[project]\nname = "two-sample"\nversion = "1"\n'
        f"{entry_point.group(1)}\n"
        '[tool.setuptools]\npy-modules = ["two_sample"]\npackages = ["two_sample_conf"]\n'
        '[tool.setuptools.package-data]\ntwo_sample_conf = ["**/*.yaml"]\n'
    )
    return folder


def with_metadata(source: Path, _: Path) -> Path:
    """The package as an installer leaves it: beside its modules what it is and its entry points."""
    groups = tomllib.loads((source / "pyproject.toml").read_text())["project"]["entry-points"]
    metadata = source / "two_sample-1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: two-sample\nVersion: 1\n")
    lines = [
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in of.items()) for group, of in groups.items()
    ]
    (metadata / "entry_points.txt").write_text("".join(lines))
    return source


def installed(source: Path, site: Path) -> Path:
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--target"]
    subprocess.run([*install, str(site), str(source)], check=True, capture_output=True)
    return site


@pytest.mark.parametrize("checks", [SOME, pytest.param(None, marks=pytest.mark.slow)], ids=["some", "all"])
def test_the_class_passes_the_checks(module: Path, monkeypatch: pytest.MonkeyPatch, checks: list[str] | None):
    monkeypatch.syspath_prepend(module)
    monkeypatch.delitem(sys.modules, "two_sample", raising=False)
    results = list(check_estimator(importlib.import_module("two_sample").TwoSample, only=checks))
    assert [str(result) for result in results if result.status == "failed"] == []
    assert Summary.of(results).run > 10


def test_the_decorator_of_the_page_about_checks_takes_estimators_that_exist(
    module: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.syspath_prepend(module)
    monkeypatch.delitem(sys.modules, "two_sample", raising=False)
    code = re.search(r"```python\n([^`]*parametrize_with_checks.*?)```", Path("docs/checks.md").read_text(), re.DOTALL)
    assert code
    names: dict[str, Any] = {}
    exec(code[1], names)
    (mark,) = names["test_contract"].pytestmark
    checks = [case.values[1] for case in mark.args[1]]
    refused = [check.run() for check in checks if check.name == "accepts_latent"]
    assert [str(result) for result in refused if result.status == "failed"] == []
    assert len(refused) == 8


@pytest.mark.parametrize("install", [with_metadata, pytest.param(installed, marks=pytest.mark.slow)])
def test_an_installed_package_adds_its_estimator_to_sweeps(
    tmp_path: Path, module: Path, install: Callable[[Path, Path], Path]
):
    output, site = tmp_path / "outputs", install(source_of(tmp_path / "package", module), tmp_path / "site")
    ended = run("-m", "estimator=two_sample,nvil", *SMALL, f"output={output}", PYTHONPATH=str(site))
    assert ended.returncode == 0, ended.stderr
    assert sorted(meta["names"]["estimator"] for meta in metas(output).values()) == ["nvil", "two_sample"]
    assert json.loads((output / "sweep.json").read_text())["cells"][0][0] == "estimator=two_sample"
