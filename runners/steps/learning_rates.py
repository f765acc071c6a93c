"""Learning-rate schedules: factors of an optimizer's learning rate, as functions of the training step."""

from __future__ import annotations

import math

from estimators.arguments import at_least, positive


class warmup_and_cosine:  # noqa: N801 - schedules are called as functions, and are classes so that they can be pickled
    """Linear from ``start`` to 1 over ``warmup`` steps, then half a cosine to 0 over ``period`` steps; 0 after that.

    Updated every ``every`` steps. Goyal et al. 2017, *Accurate, large minibatch SGD*, section 2.2;
    Loshchilov & Hutter 2017, *SGDR*, section 3.
    """

    def __init__(self, warmup: int, period: int, every: int = 1, start: float = 1e-3) -> None:
        self.warmup, self.period = at_least(0, warmup=warmup), at_least(1, period=period)
        self.every, self.start = at_least(1, every=every), positive(start=start)

    def __call__(self, step: int) -> float:
        step = step // self.every * self.every
        if step < self.warmup:
            return self.start + (1 - self.start) * step / self.warmup
        done = min(1.0, (step - self.warmup) / self.period)
        return (1 + math.cos(math.pi * done)) / 2
