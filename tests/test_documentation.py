"""What the documentation promises about the files of the project."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from hydra.utils import get_class
from omegaconf import OmegaConf

from results.documented import MAKERS, Photographed, Reported, main
from runners import compose
from tests.crossing import one_in

TABLE = Path("docs/estimators.md").read_text()
ROWS = dict(re.findall(r"^\| `(\w+)` \|(.*)$", TABLE, re.MULTILINE))
CONFIGURATIONS = {path.stem: path for path in Path("conf/estimator").glob("*.yaml")}


def test_every_estimator_has_a_row_in_the_table_and_every_row_an_estimator():
    assert ROWS.keys() == CONFIGURATIONS.keys()


@pytest.mark.parametrize("name", sorted(CONFIGURATIONS))
def test_a_row_states_what_the_class_states(name: str):
    cls = get_class(OmegaConf.load(CONFIGURATIONS[name])._target_)
    _, latents, unbiased, source = (cell.strip() for cell in ROWS[name].strip().rstrip("|").split("|"))
    assert unbiased.startswith("yes" if cls.unbiased else "no")
    years = re.findall(r"\d{4}", cls.citation)
    assert re.findall(r"\d{4}", source) == years
    families = {"both": {"bernoulli", "categorical"}}.get(latents, {latents.split()[-1].lower()})
    assert cls.families == families


@pytest.mark.parametrize("page", sorted([Path("README.md"), *Path("docs").glob("*.md")]), ids=str)
def test_links_to_files_lead_somewhere(page: Path):
    prose = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", prose)
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert not missing


@pytest.mark.parametrize("page", sorted([Path("README.md"), *Path("docs").glob("*.md")]), ids=str)
def test_tests_that_are_named_as_evidence_are_there(page: Path):
    named = re.findall(r"(?<=`)tests/[\w/]+\.py", page.read_text())
    assert [path for path in named if not Path(path).exists()] == []


def test_every_task_is_on_the_page_about_tasks():
    named = set(re.findall(r"`(\w+)`", Path("docs/tasks.md").read_text()))
    missing = {path.stem for path in Path("conf/task").glob("*.yaml")} - named
    assert not missing


def test_the_citation_has_the_version_of_the_package():
    package = tomllib.loads(Path("pyproject.toml").read_text())["project"]
    citation = OmegaConf.load("CITATION.cff")
    assert (citation.version, citation.license) == (package["version"], package["license"])


def test_every_page_is_on_the_map_of_the_documentation():
    readme = Path("README.md").read_text()
    missing = [page.name for page in Path("docs").glob("*.md") if f"(docs/{page.name})" not in readme]
    assert not missing


def test_the_readme_says_how_many_estimators_there_are():
    for page in (Path("README.md"), Path("docs/using-an-estimator.md")):
        assert f"[{len(CONFIGURATIONS)} estimators](" in page.read_text()


def test_every_figure_is_shown_on_a_page():
    pages = "".join(page.read_text() for page in [Path("README.md"), *Path("docs").glob("*.md")])
    orphans = [figure.name for figure in Path("docs/figures").iterdir() if f"figures/{figure.name})" not in pages]
    assert not orphans


FIGURES = sorted(path.stem for path in Path("docs/figures").glob("*"))
PAGES = [Path("README.md"), *Path("docs").glob("*.md")]


def test_every_figure_of_the_documentation_has_a_maker_and_a_place():
    assert set(FIGURES) == set(MAKERS)
    shown = {Path(name).stem for page in PAGES for name in re.findall(r"figures/(\w+)\.png", page.read_text())}
    assert set(FIGURES) <= shown


@pytest.mark.parametrize("name", one_in(3, sorted(MAKERS)))
def test_what_makes_a_figure_can_be_run(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Nothing is run: experiments and their overrides compose, and scripts are there."""
    started: list[tuple[str, ...]] = []
    monkeypatch.setattr("results.documented._python", lambda *words: started.append(words))
    monkeypatch.setattr("results.documented.FIGURES", tmp_path)
    maker = MAKERS[name]
    if isinstance(maker, Reported):
        Reported(maker.section, maker.prefix, maker.overrides).cells(name)
    elif isinstance(maker, Photographed):
        maker.page(tmp_path / "page.html")
        assert (tmp_path / "page.html").exists()
    else:
        maker.draw(name)
    for words in started:
        if "runners.run" in words:
            experiment, *overrides = words[2:]
            assert Path(f"conf/{experiment.replace('=', '/')}.yaml").exists()
            assert compose(
                experiment, *(re.sub(r",[^\]]*$", "", word) for word in overrides)
            )  # the first that is swept
        else:
            assert words[0] == "-m" or Path(words[0]).exists()


@pytest.mark.slow
def test_a_figure_of_shipped_results_is_drawn_from_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("results.documented.FIGURES", tmp_path)
    monkeypatch.setattr("results.documented.OUTPUTS", tmp_path / "outputs")
    assert main(["curves"]) == 0
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert main(["curvess"]) == 2
