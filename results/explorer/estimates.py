"""``python -m results.explorer.estimates``: measures bias and standard deviation of the estimators for the explorer.

They are measured once, on small problems, and the page draws them as curves against temperature, so that it need not
implement estimators. A test measures some of them again.
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

DRAWS = 200_000
"""Number of estimates per measurement; the standard error of their mean is 1/450 of their standard deviation."""

TEMPERATURES = tuple(float(f"{value:.3g}") for value in np.geomspace(0.05, 10, 21))

DIGITS = 3
"""Significant digits of the numbers in the file."""


class Variable(NamedTuple):
    """One categorical variable, or a bit with the probabilities of 0 and 1."""

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
        """The values of the classes in the cost, evenly spaced from 0 to 1."""
        return torch.ones(1) if self.bit else torch.linspace(0, 1, len(self.probabilities))


VARIABLES = {
    "three": Variable("three classes", (0.2, 0.5, 0.3)),
    "six": Variable("six classes", (0.1, 0.32, 0.06, 0.22, 0.22, 0.08)),
    "bit": Variable("a bit", (0.3, 0.7), bit=True),
}


class Cost(NamedTuple):
    """f(z) = (<values, z> - target)^power."""

    target: float
    power: int

    def on(self, variable: Variable) -> Callable[[Tensor], Tensor]:
        latent, values = variable.latent, variable.values
        return lambda z: ((latent.flatten(z) * values).sum(-1) - self.target) ** self.power


COSTS = {"square": Cost(0.45, 2), "far": Cost(-0.5, 2), "fourth": Cost(0.45, 4)}


def estimates() -> dict[str, Any]:
    """The content of the file: the settings, and the measurements for each variable and cost.

    A measurement has ``norm``, the norm of the exact gradient of the logits, and for each estimator, relative to it,
    ``bias``, the norm of the error of the mean, and ``std``, the square root of the trace of the covariance: lists of
    one value per temperature, or of a single value if the estimator has no temperature.
    """
    measured = {
        name: {key: _measured(variable, cost) for key, cost in COSTS.items()} for name, variable in VARIABLES.items()
    }
    variables = {
        name: {**variable._asdict(), "values": variable.values.tolist()} for name, variable in VARIABLES.items()
    }
    return {
        "draws": DRAWS,
        "temperatures": TEMPERATURES,
        "variables": variables,
        "costs": {name: cost._asdict() for name, cost in COSTS.items()},
        "measured": measured,
    }


def _measured(variable: Variable, cost: Cost) -> dict[str, Any]:
    exact = gradients("enumeration", variable, cost, draws=1)[0]
    norm = float(exact.norm())
    rows = {}
    for name in ROWS:
        temperatures = TEMPERATURES if name in TEMPERED else (None,)
        try:
            measured = [moments(gradients(name, variable, cost, temperature), exact) for temperature in temperatures]
        except NotApplicable:
            continue
        rows[name] = {
            "bias": [_rounded(bias / norm) for bias, _ in measured],
            "std": [_rounded(std / norm) for _, std in measured],
        }
    return {"norm": _rounded(norm), "rows": rows}


def gradients(
    name: str, variable: Variable, cost: Cost, temperature: float | None = None, draws: int = DRAWS
) -> Tensor:
    """Estimates of the gradient of the expected cost with respect to the logits, ``[draws, logits]``, from seed 0."""
    torch.manual_seed(0)
    settings: Mapping[str, float] = {} if temperature is None else {"temperature": temperature}
    estimator = build(configurations()[name], latent=variable.latent, **settings).eval()
    q = variable.latent(variable.logits.expand(draws, -1).clone().requires_grad_())
    surrogate = estimator(q, cost.on(variable)).surrogate
    return torch.autograd.grad(surrogate.sum(), q.logits)[0].flatten(1)


def moments(gradients: Tensor, exact: Tensor) -> tuple[float, float]:
    """The norm of the bias and the standard deviation of estimates ``[draws, logits]``.

    The squared norm is estimated without bias. A bias of less than two standard errors of the mean is set to 0.
    """
    variance = float(gradients.var(dim=0).sum())
    noise = variance / len(gradients)
    square = float((gradients.mean(dim=0) - exact).square().sum()) - noise
    return (square**0.5 if square > 4 * noise else 0.0), variance**0.5


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def main() -> None:
    write_atomically(ESTIMATES, json.dumps(estimates(), separators=(",", ":")).replace('"three":', '\n"three":') + "\n")
    print(ESTIMATES)


if __name__ == "__main__":
    main()
