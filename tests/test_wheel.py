"""The package as others install it: a wheel, in a folder of its own, away from the sources."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

PROGRAM = """
import estimators, results, runners, tasks
from results import published
estimator = estimators.make("rebar", family="categorical", n=20, k=10, context_size=784)
print(estimators.__file__, len(estimators.catalogue.configurations()), published.names())
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # From a copy, since building leaves files beside the sources, which a later build would take up.
    folder, sources = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("copy") / "sources"
    shutil.copytree(".", sources, ignore=shutil.ignore_patterns(".*", "build", "outputs", "tests", "*.egg-info"))
    build = ["pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--disable-pip-version-check"]
    subprocess.run([sys.executable, "-m", *build, "-w", str(folder), str(sources)], check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    return path


@pytest.mark.slow
def test_a_wheel_has_configurations_and_types_and_no_benchmarks(wheel: Path):
    names = zipfile.ZipFile(wheel).namelist()
    assert {"conf/config.yaml", "conf/estimator/rebar.yaml", "estimators/py.typed", "results/py.typed"} <= set(names)
    assert "results/explorer/estimators.json" in names
    assert not [name for name in names if name.startswith(("benchmarks", "tests", "examples"))]


@pytest.mark.slow
def test_an_installed_wheel_runs_a_cell_and_reports_it(wheel: Path, tmp_path: Path):
    site = tmp_path / "site"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check"]
    subprocess.run([*install, "--target", str(site), str(wheel)], check=True, capture_output=True)

    def python(*words: str) -> str:
        environment = {"PYTHONPATH": str(site), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
        ended = subprocess.run(
            [sys.executable, *words], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    assert python("-c", PROGRAM).startswith(str(site))
    sizes = ["task.latent.n=5", "data=noise", "runner.steps=3", "runner.evaluate_every=3", "output=here"]
    assert python("-m", "results.command_line", "run", *sizes).startswith("done")
    assert "report.html" in python("-m", "results.command_line", "report", "here")
