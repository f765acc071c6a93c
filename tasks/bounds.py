"""Scores on held-out data: bounds on the log-likelihood at discrete samples, and further scores of a task."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from tasks.batches import EVALUATION_SEED, Batch
from tasks.evaluation import evaluation_mode
from tasks.hard_codes import hard_codes_only
from tasks.task import Task

ROWS_AT_ONCE = {"cpu": 500, "cuda": 50_000}
"""Number of codes decoded at once, by kind of device: enough to use all of it, on a CPU few enough for its cache."""


class Bounds(NamedTuple):
    """Mean over a data set, nats; lower is better."""

    negative_elbo: float
    negative_bound: float


class Sums(Protocol):
    """Where sums over the parts of a data set are kept while they are taken, for a process that goes on with them.

    Called with the generators that the parts are drawn from: their state belongs to the sums.
    """

    def take_up(self) -> tuple[int, Sequence[float]] | None:
        """How many parts were done, and their sums; None where that is to begin."""
        ...

    def keep(self, parts: int, sums: Tensor) -> None:
        """Takes down what :meth:`take_up` gives the next time."""
        ...


@torch.no_grad()
def evaluate(task: Task, data: Batch, samples: int, kept: Sums | None = None) -> dict[str, float]:
    """The bounds on a data set, nats, and the means of the task's further scores, by name.

    If the task has code probabilities, ``code_perplexity`` is exp of the entropy of their mean over the data, as a
    geometric mean over the variables: the number of classes in use, from 1 to k. Runs in evaluation mode; the task's
    mode is restored.
    """
    further: dict[str, float] = {}
    usage: Tensor | None = None
    with evaluation_mode(task):
        for batch in _in_parts(data, ROWS_AT_ONCE[data.x.device.type], task.together):
            for name, values in task.scores(batch).items():
                further[name] = further.get(name, 0.0) + values.sum().item() / len(data.x)
            if (codes := task.code_probabilities(batch)) is not None:
                shares = codes.double().sum(0) / len(data.x)
                usage = shares if usage is None else usage + shares
    if usage is not None:
        further["code_perplexity"] = torch.special.entr(usage).sum(-1).mean().exp().item()
    with hard_codes_only():
        return {**bounds(task, data, samples, kept)._asdict(), **further}


@torch.no_grad()
def bounds(task: Task, data: Batch, samples: int, kept: Sums | None = None) -> Bounds:
    """The ELBO and the ``samples``-sample bound of Burda, Grosse & Salakhutdinov 2016, both from the same draws.

    -ELBO = -mean_s log w_s and -bound = -log mean_s w_s per example, with w = p(x, z) / q(z|x), in evaluation mode. Of
    each image one number per sample is kept; memory does not depend on the size of the data.
    """
    if samples < 1:
        raise ValueError(f"runner.bound_samples={samples}: at least 1 sample is needed")
    rows = ROWS_AT_ONCE[data.x.device.type]
    images = min(len(data.x), max(1, rows // samples))
    begun = None if kept is None else kept.take_up()
    done, before = begun or (0, (0.0, 0.0))
    totals = torch.tensor(before, dtype=torch.float64, device=data.x.device)
    parts = enumerate(_in_parts(data, images, task.together), start=1)
    with evaluation_mode(task):
        for count, batch in islice(parts, done, None):
            totals += torch.stack(_bounds_of_batch(task, batch, samples, rows)).sum(1)
            if kept is not None:
                kept.keep(count, totals)
    negative_elbo, negative_bound = (-totals / len(data.x)).tolist()
    return Bounds(negative_elbo, negative_bound)


def in_random_order(data: Batch) -> Batch:
    """The data in an order that is the same in every cell; in that of its file, neighbours may be of one class."""
    order = torch.randperm(len(data.x), generator=torch.Generator().manual_seed(EVALUATION_SEED))
    return Batch(data.x[order], None if data.y is None else data.y[order])


def _in_parts(data: Batch, rows: int, together: int) -> Iterator[Batch]:
    """Parts of about ``rows`` rows, in whole groups of ``together``; the last part includes an incomplete group.

    Examples that depend on each other are first put in a random order.
    """
    if together > 1:
        data = in_random_order(data)
    rows = max(1, rows // together) * together
    starts = [start for start in range(0, len(data.x), rows) if start == 0 or len(data.x) - start >= together]
    for start, end in pairwise([*starts, len(data.x)]):
        yield Batch(data.x[start:end], None if data.y is None else data.y[start:end])


def _bounds_of_batch(task: Task, batch: Batch, samples: int, rows: int) -> tuple[Tensor, Tensor]:
    """ELBO and bound per example, ``[B]`` each, in float64, from ``rows`` codes at a time."""
    at_once = max(1, rows // len(batch.x))
    parts = [task.log_weights(batch, min(at_once, samples - drawn)) for drawn in range(0, samples, at_once)]
    log_weights = torch.cat(parts).double()
    return log_weights.mean(0), torch.logsumexp(log_weights, dim=0) - math.log(samples)
