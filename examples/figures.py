"""The figures of docs/using-an-estimator.md.

make benchmark EXP=temperature
python examples/figures.py docs/figures outputs/temperature
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd
import torch
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from torch import Tensor

from estimators import Categorical, Estimator, Latent
from estimators.exact import Enumeration
from estimators.relaxation import GumbelSoftmax
from estimators.straight_through_gumbel import StraightThroughGumbelSoftmax
from results.figures.looks import BLUE, GREEN, VERMILION, look
from results.figures.style import INK, PAGE, SMALL, figure_style
from results.reading.labels import labelled

CLASSES = Latent("categorical", n=1, k=7)
PROBABILITIES = torch.tensor([0.05, 0.1, 0.25, 0.3, 0.15, 0.1, 0.05])
COSTS = torch.tensor([3.0, 1.0, 2.0, 0.0, 2.5, 1.0, 4.0])
TEMPERATURES = (0.1, 0.5, 1.0, 10.0)
MOVED = 4  # the class whose logit changes
NOISE_OF_A_STEP = 12  # seed of the noise in the left panel of `argmax`
ROUNDS = 8  # repetitions of the draws, to measure a small bias


def cost(z: Tensor, deeper: str = "sample") -> Tensor:
    """A small cost, nonlinear in the code: ``[..., 1, 7] -> [...]``."""
    return (z.squeeze(-2) @ COSTS).square() / 3


def argmax(draws: int) -> Figure:
    """The cost at one draw of the noise, and the mean derivative over many draws, as one logit changes."""
    figure = Figure(figsize=(PAGE, 3.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    changes = torch.linspace(-3, 5, 401)
    torch.manual_seed(NOISE_OF_A_STEP)
    noise = Categorical(logits=logits(0.0)).noise()
    left.plot(changes, [cost(Categorical(logits=logits(c)).hard(noise)) for c in changes], color=INK, label="argmax")
    right.plot(changes, torch.zeros_like(changes), color=INK)
    few = changes[::10]
    for t, colour, dash in ((0.2, BLUE, "--"), (1.0, GREEN, "-.")):
        relaxed = [cost(Categorical(logits=logits(c)).relax(noise, t)) for c in changes]
        left.plot(changes, relaxed, color=colour, linestyle=dash, label=f"temperature {t:g}")
        slopes = [gradients(GumbelSoftmax(CLASSES, temperature=t), draws, c).mean(0)[MOVED] for c in few]
        right.plot(few, slopes, color=colour, linestyle=dash)
    exact = [gradients(Enumeration(CLASSES), 1, c)[0, MOVED] for c in few]
    right.plot(few, exact, color=VERMILION, linestyle=":", linewidth=2.2, label="exact")
    left.set(title="cost of one draw", xlabel="change of one logit", ylabel="nats")
    right.set(title="derivative, mean of many draws", xlabel="change of one logit")
    left.legend()
    right.legend()
    return figure


def temperature(draws: int) -> Figure:
    """A sample, and the mean of many, at several temperatures."""
    figure = Figure(figsize=(PAGE, 3.6), layout="constrained")
    panels = figure.subplots(2, len(TEMPERATURES) + 1, sharex=True, sharey=True)
    q = Categorical(logits=PROBABILITIES.log().unsqueeze(0))
    torch.manual_seed(32)
    noise = q.noise(draws)
    columns = {"categorical": q.hard(noise)} | {f"temperature {t:g}": q.relax(noise, t) for t in TEMPERATURES}
    for column, (title, codes) in zip(panels.T, columns.items(), strict=True):
        column[0].bar(range(7), codes[0, 0].tolist(), color=BLUE)
        column[1].bar(range(7), codes.mean(0)[0].tolist(), color=BLUE)
        column[1].plot(range(7), PROBABILITIES.tolist(), linestyle="none", marker="_", markersize=12, color=VERMILION)
        column[0].set(title=title, xticks=[], ylim=(0, 1.02))
    panels[0, 0].set_ylabel("one sample")
    panels[1, 0].set_ylabel(f"mean of {draws:,}")
    figure.supxlabel("lines: probabilities of the classes", x=0.01, ha="left", fontsize=SMALL)
    return figure


def accuracy(draws: int) -> Figure:
    """Bias and standard deviation of the gradient against the temperature, for the small cost."""
    figure = Figure(figsize=(PAGE, 3.2), layout="constrained")
    panels = figure.subplots(1, 2)
    temperatures = torch.logspace(-1, 1, 13).tolist()
    for name, kind in {"gumbel_softmax": GumbelSoftmax, "st_gumbel_softmax": StraightThroughGumbelSoftmax}.items():
        torch.manual_seed(0)
        errors = [relative_errors(kind(CLASSES, temperature=t), draws) for t in temperatures]
        for axes, values in zip(panels, zip(*errors, strict=True), strict=True):
            axes.plot(temperatures, values, label=kind.label, **look(name).line, **look(name).mark)
    for axes, title in zip(panels, ("bias", "standard deviation"), strict=True):
        axes.set(title=title, xscale="log", yscale="log", xlabel="temperature")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    panels[0].set_ylabel("relative to the norm of the exact gradient")
    panels[0].legend()
    return figure


def logits(change: Tensor | float) -> Tensor:
    """Logits ``[1, 7]`` of the small distribution after adding ``change`` to one of them."""
    moved = torch.zeros(CLASSES.k)
    moved[MOVED] = change
    return (PROBABILITIES.log() + moved).unsqueeze(0)


def gradients(estimator: Estimator, draws: int, change: Tensor | float = 0.0) -> Tensor:
    """Independent estimates of the gradient of E[cost] in the logits, ``[draws, 7]``, nats."""
    at = logits(change).expand(draws, 1, CLASSES.k).clone().requires_grad_()
    (gradient,) = torch.autograd.grad(estimator(Categorical(logits=at), cost).surrogate.sum(), at)
    return gradient.squeeze(1)


def relative_errors(estimator: Estimator, draws: int) -> tuple[float, float]:
    """Bias and standard deviation of the estimates, each relative to the norm of the exact gradient."""
    exact = gradients(Enumeration(CLASSES), 1)[0]
    estimates = torch.cat([gradients(estimator, draws) for _ in range(ROUNDS)])
    bias, spread = (estimates.mean(0) - exact).norm(), estimates.var(0).sum().sqrt()
    return (bias / exact.norm()).item(), (spread / exact.norm()).item()


def bounds(cells: pd.DataFrame) -> Figure:
    """Test bound after training at constant temperatures and with the schedule: one mark per seed, a line for means."""
    figure = Figure(figsize=(PAGE, 3.4), layout="constrained")
    axes = figure.subplots()
    cells = cells[cells["status"] == "done"]
    constant = pd.to_numeric(cells["estimator.temperature"], errors="coerce")
    label = labelled(cells)
    for name, group in cells.assign(constant=constant).groupby("estimator"):
        how, named = look(str(name)), label(str(name))
        fixed = group.dropna(subset="constant")
        axes.plot(fixed["constant"], fixed["negative_bound"], linestyle="none", markersize=4, **how.mark, alpha=0.5)
        means = fixed.groupby("constant")["negative_bound"].mean()
        axes.plot(means.index, means, label=f"{named}, constant temperature", **how.line)
        annealed = group.loc[group["constant"].isna(), "negative_bound"]
        if len(annealed):
            axes.axhline(annealed.mean(), color=how.colour, linewidth=0.9, alpha=0.7)
            axes.annotate(
                f"{named}, annealed",
                (1, annealed.mean()),
                (-2, -3),
                axes.get_yaxis_transform(),
                "offset points",
                ha="right",
                va="top",
                color=INK,
            )
    m = cells["bound_samples"].iloc[0]
    title = f"{cells['task'].iloc[0]}, {cells['data'].iloc[0]}"
    axes.set(title=title, xscale="log", xlabel="temperature", ylabel=f"test negative {m}-sample bound (nats)")
    axes.set_xticks(sorted(constant.dropna().unique()), [f"{t:g}" for t in sorted(constant.dropna().unique())])
    axes.minorticks_off()
    axes.legend(loc="upper center")
    return figure


def main() -> None:
    parser = argparse.ArgumentParser(description="Draws the figures of docs/using-an-estimator.md.")
    parser.add_argument("folder", type=Path, help="folder for the figures")
    parser.add_argument("temperatures", type=Path, nargs="?", help="report folder of experiment=temperature")
    parser.add_argument("--draws", type=int, default=500_000)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with figure_style():
        for draw in (argmax, temperature, accuracy):
            draw(options.draws).savefig(options.folder / f"using_{draw.__name__}.png")
        if options.temperatures is not None:
            cells = pd.read_parquet(options.temperatures / "cells.parquet")
            bounds(cells).savefig(options.folder / "using_bounds.png")


if __name__ == "__main__":
    main()
