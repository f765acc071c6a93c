"""``python -m results.documented [NAME ...]``: redraws the figures of README.md and docs/.

Each figure is drawn from published results, or from an experiment, which is run first; cells that are done in
``outputs/documented`` are skipped. ``make figures ARGS='bounds curves'`` draws some of them.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure
from PIL import Image

from results.experiment import Experiment
from results.explorer import write_explorer
from results.figures.draw import draw
from results.figures.style import figure_style
from results.published.library import names, restore
from results.reading.collect import collect
from results.sections import comparison_table, gradients, scaling, speed, training
from results.sections.section import Section
from runners.cells.terminal import use_terminal

FIGURES, OUTPUTS = Path("docs/figures"), Path("outputs/documented")

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class Reported:
    """A figure of a report.

    Attributes:
        section: the section with the figure.
        prefix: beginning of the figure's name.
        overrides: of ``python -m runners.run``, which makes the cells.
        published: names of published results; the first that exists is used instead of running the cells.
    """

    section: Callable[[Experiment], Section | None]
    prefix: str
    overrides: tuple[str, ...]
    published: tuple[str, ...] = ()

    def cells(self, figure: str) -> Path:
        """Restores the published cells, or runs them in a folder with the figure's name; returns their folder."""
        for name in (name for name in self.published if name in names()):
            restore(name, OUTPUTS / name)
            return OUTPUTS / name
        _python("-m", "runners.run", *self.overrides, f"output={OUTPUTS / figure}")
        return OUTPUTS / figure

    def draw(self, name: str) -> None:
        """Draws the figure into :data:`FIGURES`.

        Raises:
            LookupError: the report has no such figure.
        """
        with tempfile.TemporaryDirectory() as temporary, figure_style():
            (png,) = draw([(name, self._figure(self.cells(name)))], Path(temporary), ["png"])
            FIGURES.mkdir(parents=True, exist_ok=True)
            (FIGURES / png.name).write_bytes(png.read_bytes())

    def _figure(self, folder: Path) -> Figure:
        section = self.section(Experiment(collect(folder)))
        for name, figure in () if section is None else section.figures:
            if name.startswith(self.prefix):
                return figure
        raise LookupError(f"{folder}: no figure {self.prefix}")


@dataclass(frozen=True)
class Scripted:
    """Figures that a script of the repository draws.

    Attributes:
        command: the script and its arguments.
        overrides: of ``python -m runners.run`` for the cells that the script reads, their output folder last.
    """

    command: tuple[str, ...]
    overrides: tuple[str, ...] = ()

    def draw(self, _: str) -> None:
        FIGURES.mkdir(parents=True, exist_ok=True)
        if self.overrides:
            _python("-m", "runners.run", *self.overrides)
            _python("-m", "results", self.overrides[-1].partition("=")[2])
        _python(*self.command)


def browser() -> str | None:
    """The path of an installed Chromium; None if there is none."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


@dataclass(frozen=True)
class Photographed:
    """A screenshot of a page in its light colours.

    Attributes:
        page: writes the page to a file.
        width, height: size of the window, pixels.
    """

    page: Callable[[Path], object]
    width: int
    height: int

    def draw(self, name: str) -> None:
        """Draws the screenshot into :data:`FIGURES`.

        Raises:
            LookupError: no Chromium is installed.
        """
        program = browser()
        if program is None:
            raise LookupError(f"install one of {', '.join(BROWSERS)}")
        with tempfile.TemporaryDirectory() as temporary:
            page, screenshot = Path(temporary) / "page.html", Path(temporary) / "screenshot.png"
            self.page(page)
            options = ["--headless", "--no-sandbox", "--hide-scrollbars", f"--user-data-dir={temporary}/browser"]
            options += [f"--window-size={self.width},{self.height}", f"--screenshot={screenshot}", page.as_uri()]
            subprocess.run([program, *options], check=True, capture_output=True)
            with Image.open(screenshot) as image:
                image.convert("RGB").save(FIGURES / f"{name}.png", optimize=True)


TEMPERATURE = f"{OUTPUTS / 'temperature'}"
USING = Scripted(
    ("examples/figures.py", str(FIGURES), TEMPERATURE), ("experiment=temperature", f"output={TEMPERATURE}")
)

Maker = Reported | Scripted | Photographed

COMPLETING = (
    "gumbel_softmax,st_gumbel_softmax,straight_through,slope_annealed_straight_through,muprop,darn,nvil,reinforce"
)
"""The estimators whose completions are shown: those of Jang, Gu & Poole 2017, Table 1, and REINFORCE."""

MAKERS: Mapping[str, Maker] = {
    "bounds": Reported(comparison_table.section, "bounds", ("experiment=quick",), ("reference",)),
    "curves": Reported(
        training.section, "curves_vae_bernoulli", ("experiment=quick",), ("reference", "reference_search")
    ),
    "gradients": Reported(
        gradients.section,
        "gradients_vae_bernoulli_small_logits_1000",
        ("experiment=gradients",),
        ("gradients",),
    ),
    "step_times": Reported(
        speed.section, "step_times_vae_bernoulli", ("experiment=speed", "task=vae_bernoulli"), ("speed",)
    ),
    "scaling": Reported(scaling.section, "scaling_task.latent.k", ("experiment=scaling",), ("scaling",)),
    "growth": Reported(scaling.section, "scaling_runner.batch_size", ("experiment=scaling",), ("scaling",)),
    "classes": Reported(training.section, "classes", ("experiment=semi_supervised", "seed=0")),
    "completions": Reported(
        training.section,
        "completions",
        (
            "experiment=reference",
            "task=sbn_categorical",
            "seed=0",
            f"estimator={COMPLETING}",
            "runner.bound_samples=100",
        ),
    ),
    "codes": Scripted(("examples/categorical_vae.py", "--output", str(FIGURES / "codes.png"))),
    "explorer": Photographed(write_explorer, 1400, 2110),
    **dict.fromkeys(("using_argmax", "using_temperature", "using_accuracy", "using_bounds"), USING),
}
"""How each figure is made, by file name."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m results.documented", description=__doc__)
    parser.add_argument("names", metavar="NAME", nargs="*", help=f"any of: {', '.join(MAKERS)} (default: all)")
    given = parser.parse_args(arguments).names or list(MAKERS)
    use_terminal()
    unknown = [name for name in given if name not in MAKERS]
    if unknown:
        print(f"error: {unknown[0]}: choose from {', '.join(MAKERS)}", file=sys.stderr)
        return 2
    drawn: list[Maker] = []
    for name in given:
        if isinstance(MAKERS[name], Scripted) and MAKERS[name] in drawn:
            continue  # one script draws several figures
        try:
            MAKERS[name].draw(name)
        except (LookupError, subprocess.CalledProcessError) as error:
            print(f"error: {name}: {error}", file=sys.stderr)
            return 1
        drawn.append(MAKERS[name])
        print(FIGURES / f"{name}.png", flush=True)
    return 0


def _python(*arguments: str) -> None:
    subprocess.run([sys.executable, *arguments], check=True)


if __name__ == "__main__":
    sys.exit(main())
