"""``python -m results.site [FOLDER]``: documentation, explorer, leaderboard and published reports as a static site."""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from results.experiment import Experiment
from results.explorer import write_explorer
from results.page import write_page
from results.published import location, names, restore
from results.published.library import COMMAND
from results.reading.collect import collect
from results.reading.order import in_order
from results.report import SECTIONS
from results.site.leaderboard import leaderboard
from results.site.sources import copy_documentation, navigation

HERE = Path(__file__).parent

DESCRIPTION = """\
Builds FOLDER/html from README.md and docs/ of the current folder and from the published results. Broken links and
anchors are errors. The site loads nothing from other hosts. Its search needs a web server, such as
`python -m http.server -d FOLDER/html`."""


def write_pages(repository: Path, pages: Path) -> None:
    """Writes the pages that the site is built from."""
    copy_documentation(repository, pages)
    (pages / "leaderboard.md").write_text(leaderboard(names()), encoding="utf-8")
    write_explorer(pages / "explorer.html")
    for name in names():
        write_published_report(name, pages / "reports" / name)
    shutil.copytree(HERE / "assets", pages / "assets", dirs_exist_ok=True)
    shutil.copyfile(HERE.parent / "page" / "templates" / "tables.js", pages / "assets" / "tables.js")


def write_published_report(name: str, target: Path) -> None:
    """Writes the report of published results, with the published figures."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / name
        restore(name, folder)
        shutil.copyfile(location(name) / COMMAND, folder / COMMAND)
        shutil.copytree(location(name) / "figures", folder / "figures")
        experiment = Experiment(collect(folder))
        sections = [section for make in SECTIONS if (section := make(experiment)) is not None]
        page = write_page(experiment, sections, by_task(folder / "figures", experiment.results.cells["task"]))
        target.mkdir(parents=True)
        shutil.copyfile(page, target / page.name)
        shutil.copytree(folder / "figures", target / "figures")


def by_task(figures: Path, tasks: Iterable[str]) -> list[Path]:
    """The figures of a folder, those without a task in their name first, then task by task, as in a report."""
    known = in_order(tasks)

    def place(path: Path) -> tuple[int, str]:
        return max((number for number, task in enumerate(known) if task in path.stem), default=-1), path.name

    return sorted(figures.glob("*.png"), key=place)


def configuration(repository: Path, folder: Path) -> str:
    """The configuration of MkDocs, as JSON, which is valid YAML."""
    readme = (repository / "README.md").read_text(encoding="utf-8")
    further = [{"Leaderboard": "leaderboard.md"}, {"Explorer": "explorer.html"}]
    nav = navigation(readme, [*further, {"Reports": [{name: f"reports/{name}/report.html"} for name in names()]}])
    paths = {"INHERIT": str(HERE / "mkdocs.yml"), "docs_dir": str(folder / "pages"), "site_dir": str(folder / "html")}
    return json.dumps(paths | {"nav": nav}, indent=1)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m results.site",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", metavar="FOLDER", type=Path, nargs="?", default=Path("outputs/site"))
    folder, repository = parser.parse_args(arguments).folder.resolve(), Path.cwd()
    if importlib.util.find_spec("mkdocs") is None:
        print("error: MkDocs is not installed: pip install -e '.[site]'", file=sys.stderr)
        return 2
    if not (repository / "docs").is_dir():
        print(f"error: {repository}: has no docs/; run this command in the repository", file=sys.stderr)
        return 2
    shutil.rmtree(folder, ignore_errors=True)
    write_pages(repository, folder / "pages")
    config = folder / "mkdocs.yml"
    config.write_text(configuration(repository, folder), encoding="utf-8")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", str(config)]
    quiet = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    if (status := subprocess.run(command, check=False, env=quiet).returncode) == 0:
        print(folder / "html" / "index.html")
    return status


if __name__ == "__main__":
    sys.exit(main())
