"""An estimator of somebody else's: given by its class, by a folder of configuration, and as an installed package."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from omegaconf import OmegaConf

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


def test_options_of_a_class_given_outright_are_its_own(tmp_path: Path):
    given = "estimator={_target_: estimators.score_function.RLOO}"
    ended = run("-m", given, "+estimator.samples=2,3", "estimator.bogus=1", *SMALL, f"output={tmp_path}")
    assert ended.returncode == 1
    assert "estimator.bogus: there is no such key" in ended.stderr
    ended = run("-m", given, "+estimator.samples=2,3", *SMALL, f"output={tmp_path}")
    assert ended.returncode == 0, ended.stderr
    options = [OmegaConf.load(tmp_path / name / "config.yaml").estimator for name in metas(tmp_path)]
    assert sorted(each.samples for each in options) == [2, 3]


def test_a_folder_of_configuration_adds_a_choice_to_the_group(tmp_path: Path, module: Path):
    (module / "estimator").mkdir()
    (module / "estimator" / "two_sample.yaml").write_text("_target_: two_sample.TwoSample\n")
    search = f"hydra.searchpath=[file://{module}]"
    ended = run("-m", search, "estimator=two_sample,nvil", *SMALL, f"output={tmp_path}", PYTHONPATH=str(module))
    assert ended.returncode == 0, ended.stderr
    assert sorted(meta["names"]["estimator"] for meta in metas(tmp_path).values()) == ["nvil", "two_sample"]


@pytest.fixture
def site(tmp_path: Path, module: Path) -> Path:
    """A site folder into which a package with the guide's estimator, configuration and entry point is installed."""
    source = tmp_path / "package"
    configuration = source / "two_sample_conf" / "estimator"
    configuration.mkdir(parents=True)
    (source / "two_sample.py").write_text((module / "two_sample.py").read_text())
    (source / "two_sample_conf" / "__init__.py").touch()
    (configuration / "two_sample.yaml").write_text("_target_: two_sample.TwoSample\n")
    entry_point = re.search(r"```toml\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    assert entry_point
    (source / "pyproject.toml").write_text(
        '[project]\nname = "two-sample"\nversion = "1"\n'
        f"{entry_point.group(1)}\n"
        '[tool.setuptools]\npy-modules = ["two_sample"]\npackages = ["two_sample_conf"]\n'
        '[tool.setuptools.package-data]\ntwo_sample_conf = ["**/*.yaml"]\n'
    )
    site = tmp_path / "site"
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


def test_an_installed_package_adds_its_estimator_to_sweeps(tmp_path: Path, site: Path):
    output = tmp_path / "outputs"
    ended = run("-m", "estimator=two_sample,nvil", *SMALL, f"output={output}", PYTHONPATH=str(site))
    assert ended.returncode == 0, ended.stderr
    assert sorted(meta["names"]["estimator"] for meta in metas(output).values()) == ["nvil", "two_sample"]
    assert json.loads((output / "sweep.json").read_text())["cells"][0][0] == "estimator=two_sample"
