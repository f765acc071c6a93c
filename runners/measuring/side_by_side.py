"""Throughput of several processes that do the same work in parallel."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Barrier
from typing import Any


def throughput(run: Callable[[], Any], count: int, workers: int) -> float:
    """Calls per second of all workers together, which are forks of this process and start at the same moment.

    Time is taken from the first start to the last end, so that the slowest worker counts.
    """
    context = multiprocessing.get_context("fork")
    start, times = context.Barrier(workers), context.SimpleQueue()
    processes = [context.Process(target=_work, args=(run, count, start, times)) for _ in range(workers)]
    for process in processes:
        process.start()
    spans: list[tuple[float, float]] = [times.get() for _ in processes]
    for process in processes:
        process.join()
    began, ended = zip(*spans, strict=True)
    return workers * count / (max(ended) - min(began))


def _work(run: Callable[[], Any], count: int, start: Barrier, times: SimpleQueue[tuple[float, float]]) -> None:
    run()
    start.wait()
    began = time.perf_counter()
    for _ in range(count):
        run()
    times.put((began, time.perf_counter()))
