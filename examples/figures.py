"""The pictures of docs/using-an-estimator.md.

make benchmark EXP=temperature
python examples/figures.py docs/figures outputs/temperature
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd
import torch
from matplotlib.figure import Figure
from torch import Tensor

from estimators import Categorical, Estimate, Latent
from estimators.exact import Enumeration
from estimators.relaxation import GumbelSoftmax
from estimators.straight_through_gumbel import StraightThroughGumbelSoftmax
from results.style import BLUE, GREEN, INK, VERMILION, figure_style, look

CLASSES = Latent("categorical", n=1, k=7)
PROBABILITIES = torch.tensor([0.05, 0.1, 0.25, 0.3, 0.15, 0.1, 0.05])
COSTS = torch.tensor([3.0, 1.0, 2.0, 0.0, 2.5, 1.0, 4.0])
TEMPERATURES = (0.1, 0.5, 1.0, 10.0)


def cost(z: Tensor, deeper: str = "sample") -> Tensor:
    """A small cost, nonlinear in the code: ``[..., 1, 7] -> [...]``."""
    return (z.squeeze(-2) @ COSTS).square() / 3


def argmax(draws: int) -> Figure:
    """The cost at one draw of the noise, and its derivative, as one logit moves."""
    figure = Figure(figsize=(8, 3.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    logit = torch.linspace(-3, 4, 351, dtype=torch.float64)

    def logits(logit: Tensor) -> Tensor:
        moved = torch.nn.functional.one_hot(torch.tensor(2), 7) * logit.unsqueeze(-1)
        return (PROBABILITIES.log().double() + moved).unsqueeze(-2)

    torch.manual_seed(1)
    noise = Categorical(logits(torch.zeros((), dtype=torch.float64))).noise().expand(351, 1, 7)
    costs = COSTS.double()
    lines = {
        "argmax": (lambda q: q.hard(noise), INK, "-"),
        "temperature 0.5": (lambda q: q.relax(noise, 0.5), BLUE, "--"),
        "temperature 1": (lambda q: q.relax(noise, 1.0), GREEN, "-."),
    }
    for label, (code, colour, dash) in lines.items():
        at = logit.clone().requires_grad_()
        z = code(Categorical(logits(at)))
        value = (z.squeeze(-2) @ costs).square() / 3
        slope = torch.autograd.grad(value.sum(), at)[0] if value.requires_grad else torch.zeros_like(at)
        left.plot(logit, value.detach(), color=colour, linestyle=dash, label=label)
        right.plot(logit, slope, color=colour, linestyle=dash)
    at = logit.clone().requires_grad_()
    expected = (Categorical(logits(at)).mean.squeeze(-2) * costs.square() / 3).sum(-1)
    (slope,) = torch.autograd.grad(expected.sum(), at)
    left.plot(logit, expected.detach(), color=VERMILION, linestyle=":", label="expectation")
    right.plot(logit, slope, color=VERMILION, linestyle=":")
    left.set(title="cost of one draw", xlabel="change of one logit", ylabel="nats")
    right.set(title="its derivative", xlabel="change of one logit")
    left.legend(frameon=False, fontsize=8)
    return figure


def temperature(draws: int) -> Figure:
    """A sample, and the mean of many, at several temperatures."""
    figure = Figure(figsize=(8, 3.6), layout="constrained")
    panels = figure.subplots(2, len(TEMPERATURES) + 1, sharex=True, sharey=True)
    q = Categorical(PROBABILITIES.log().unsqueeze(0))
    torch.manual_seed(32)
    noise = q.noise(draws)
    columns = {"categorical": q.hard(noise)} | {f"temperature {t:g}": q.relax(noise, t) for t in TEMPERATURES}
    for column, (title, codes) in zip(panels.T, columns.items(), strict=True):
        column[0].bar(range(7), codes[0, 0], color=BLUE)
        column[1].bar(range(7), codes.mean(0)[0], color=BLUE)
        column[1].plot(range(7), PROBABILITIES, linestyle="none", marker="_", markersize=12, color=VERMILION)
        column[0].set(title=title, xticks=[], ylim=(0, 1.02))
    panels[0, 0].set_ylabel("one sample")
    panels[1, 0].set_ylabel(f"mean of {draws:,}")
    figure.supxlabel("red: probabilities of the classes", x=0.01, ha="left", fontsize=8.5)
    return figure


def accuracy(draws: int) -> Figure:
    """Bias and standard deviation of the gradient against the temperature, for the small cost."""
    figure = Figure(figsize=(8, 3.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    temperatures = torch.logspace(-1, 1, 13).tolist()
    exact = gradients(Enumeration(CLASSES), 1)[0]
    for name, kind in {"gumbel_softmax": GumbelSoftmax, "st_gumbel_softmax": StraightThroughGumbelSoftmax}.items():
        torch.manual_seed(0)
        drawn = [gradients(kind(CLASSES, temperature=t), draws) for t in temperatures]
        bias = [((each.mean(0) - exact).norm() / exact.norm()).item() for each in drawn]
        spread = [(each.var(0).sum().sqrt() / exact.norm()).item() for each in drawn]
        for axes, values in ((left, bias), (right, spread)):
            axes.plot(temperatures, values, label=name, **look(name).line, **look(name).mark)
    for axes, title in ((left, "bias"), (right, "standard deviation")):
        axes.set(title=title, xscale="log", yscale="log", xlabel="temperature", ylabel="relative to the exact gradient")
    left.legend(frameon=False, fontsize=8)
    return figure


def gradients(estimator: Enumeration | GumbelSoftmax | StraightThroughGumbelSoftmax, draws: int) -> Tensor:
    """Independent estimates of the gradient of E[cost] in the logits, ``[draws, 7]``."""
    logits = PROBABILITIES.log().expand(draws, 1, 7).clone().requires_grad_()
    estimate: Estimate = estimator(Categorical(logits), cost)
    (gradient,) = torch.autograd.grad(estimate.surrogate.sum(), logits)
    return gradient.squeeze(1)


def bounds(cells: pd.DataFrame) -> Figure:
    """Test bound after training at constant temperatures, and with the schedule: a mark a seed, lines through means."""
    figure = Figure(figsize=(8, 3.4), layout="constrained")
    axes = figure.subplots()
    cells = cells[cells["status"] == "done"]
    constant = pd.to_numeric(cells["estimator.temperature"], errors="coerce")
    for name, group in cells.assign(constant=constant).groupby("estimator"):
        how = look(str(name))
        fixed = group.dropna(subset="constant")
        axes.plot(fixed["constant"], fixed["negative_bound"], linestyle="none", markersize=4, **how.mark, alpha=0.5)
        means = fixed.groupby("constant")["negative_bound"].mean()
        axes.plot(means.index, means, label=f"{name}, constant temperature", **how.line)
        annealed = group.loc[group["constant"].isna(), "negative_bound"]
        if len(annealed):
            axes.axhline(annealed.mean(), color=how.colour, linewidth=0.9, alpha=0.7)
            axes.annotate(
                f"{name}, annealed",
                (1, annealed.mean()),
                (-2, 2),
                axes.get_yaxis_transform(),
                "offset points",
                ha="right",
                fontsize=8,
                color=how.colour,
            )
    m = cells["bound_samples"].iloc[0]
    title = f"{cells['task'].iloc[0]}, {cells['data'].iloc[0]}"
    axes.set(title=title, xscale="log", xlabel="temperature", ylabel=f"test negative {m}-sample bound (nats)")
    axes.set_xticks(sorted(constant.dropna().unique()), [f"{t:g}" for t in sorted(constant.dropna().unique())])
    axes.minorticks_off()
    axes.legend(frameon=False, fontsize=8)
    return figure


def main() -> None:
    parser = argparse.ArgumentParser(description="Draws the pictures of docs/using-an-estimator.md.")
    parser.add_argument("folder", type=Path, help="where the pictures go")
    parser.add_argument("temperatures", type=Path, nargs="?", help="cells of experiment=temperature, reported")
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
