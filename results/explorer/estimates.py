"""``python -m results.explorer.estimates``: bias and standard deviation of the estimators, for the explorer's page.

They are measured once, with the Python estimators, on small problems, and the page draws them as curves against
temperature. So it has no estimators of its own. A test measures some of them again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from estimators import Latent, NotApplicable, build
from estimators.catalogue import configurations
from results.explorer.explorer import ESTIMATES, ROWS, TEMPERED
from runners.cells.files import write_atomically

DRAWS = 4_000
"""Of each measurement. The standard error of a mean is a sixtieth of the standard deviation."""

TEMPERATURES = tuple(float(f"{value:.3g}") for value in np.geomspace(0.05, 10, 21))

DIGITS = 3
"""Significant digits of what is written."""


class Variable(NamedTuple):
    """One categorical variable, or a bit by the probabilities of 0 and 1."""

    title: str
    probabilities: tuple[float, ...]
    bit: bool = False

    @property
    def latent(self) -> Latent:
        return Latent("bernoulli", n=1) if self.bit else Latent("categorical", n=1, k=len(self.probabilities))

    @property
    def logits(self) -> Tensor:
        """``[1]`` or ``[k]``."""
        logits = torch.tensor(self.probabilities).log()
        return logits[1:] - logits[:1] if self.bit else logits

    @property
    def values(self) -> Tensor:
        """What the cost knows of a code: its classes evenly from 0 to 1."""
        return torch.ones(1) if self.bit else torch.linspace(0, 1, len(self.probabilities))


VARIABLES = {
    "three": Variable("three classes", (0.2, 0.5, 0.3)),
    "six": Variable("six classes", (0.1, 0.32, 0.06, 0.22, 0.22, 0.08)),
    "bit": Variable("a bit", (0.3, 0.7), bit=True),
}


class CostOf(NamedTuple):
    """f(z) = (<values, z> - target)^power."""

    target: float
    power: int

    def on(self, variable: Variable) -> Callable[[Tensor], Tensor]:
        latent, values = variable.latent, variable.values
        return lambda z: ((latent.flatten(z) * values).sum(-1) - self.target) ** self.power


COSTS = {"square": CostOf(0.45, 2), "far": CostOf(-0.5, 2), "fourth": CostOf(0.45, 4)}


def estimates() -> dict[str, Any]:
    """For each variable and cost the norm of the exact gradient of the logits, and of each estimator, over this norm,
    ``bias`` and ``std``: the norm of the mean's error, and the root of the summed variances. Those that follow the
    temperature have a value for each of :data:`TEMPERATURES`, the others one.
    """
    measured = {
        name: {cost: _problem(variable, found) for cost, found in COSTS.items()} for name, variable in VARIABLES.items()
    }
    return {
        "draws": DRAWS,
        "temperatures": TEMPERATURES,
        "variables": {name: {**each._asdict(), "values": each.values.tolist()} for name, each in VARIABLES.items()},
        "costs": {name: each._asdict() for name, each in COSTS.items()},
        "measured": measured,
    }


def _problem(variable: Variable, cost: CostOf) -> dict[str, Any]:
    exact = gradients("enumeration", variable, cost, draws=1)[0]
    norm = float(exact.norm())
    rows = {}
    for name in ROWS:
        at = TEMPERATURES if name in TEMPERED else (None,)
        try:
            found = [moments(gradients(name, variable, cost, temperature), exact) for temperature in at]
        except NotApplicable:
            continue
        bias, std = zip(*found, strict=True)
        rows[name] = {"bias": [_short(each / norm) for each in bias], "std": [_short(each / norm) for each in std]}
    return {"norm": _short(norm), "rows": rows}


def gradients(
    name: str, variable: Variable, cost: CostOf, temperature: float | None = None, draws: int = DRAWS
) -> Tensor:
    """Estimates of the gradient of the expected cost in the logits, ``[draws, places]``, from one stream of noise."""
    torch.manual_seed(0)
    settings: Mapping[str, float] = {} if temperature is None else {"temperature": temperature}
    estimator = build(configurations()[name], latent=variable.latent, **settings).eval()
    q = variable.latent(variable.logits.expand(draws, -1).clone().requires_grad_())
    surrogate = estimator(q, cost.on(variable)).surrogate
    return torch.autograd.grad(surrogate.sum(), q.logits)[0].flatten(1)


def moments(found: Tensor, exact: Tensor) -> tuple[float, float]:
    """The norm of the bias, whose square is estimated without the noise of the mean, and the standard deviation.

    A bias of less than two standard errors of the mean is 0.
    """
    variance = float(found.var(dim=0).sum())
    noise = variance / len(found)
    square = float((found.mean(dim=0) - exact).square().sum()) - noise
    return (square**0.5 if square > 4 * noise else 0.0), variance**0.5


def _short(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def main() -> None:
    write_atomically(ESTIMATES, json.dumps(estimates(), separators=(",", ":")).replace('"three":', '\n"three":') + "\n")
    print(ESTIMATES)


if __name__ == "__main__":
    main()
