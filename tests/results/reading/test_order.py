"""Tables, figures and pages have tasks in one order."""

from __future__ import annotations

from pathlib import Path

from results.comparison import compare
from results.experiment import Experiment
from results.page.filters import filters
from results.reading.collect import collect
from results.reading.order import TASKS, in_order
from results.status import status
from tests.results.conftest import WriteCell

WRITTEN = ("sbn_categorical", "embedding", "vae_bernoulli", "a_task", "sbn_bernoulli", "vae_categorical")
SHOWN = [*TASKS, "a_task", "embedding"]


def test_the_tasks_of_the_reference_come_first_and_others_follow_by_name() -> None:
    assert in_order([*WRITTEN, "a_task"]) == SHOWN


def test_cells_problems_filters_and_statuses_are_in_this_order(write_cell: WriteCell, outputs: Path) -> None:
    for task in WRITTEN:
        write_cell("nvil", task)
        write_cell("darn", task)
    results = collect(outputs)
    assert list(results.cells["task"].unique()) == SHOWN
    assert [problem.task for problem in compare(results.cells).problems] == SHOWN
    assert list(filters(Experiment(results)).tasks) == SHOWN
    assert status(results).split()[: len(SHOWN)] == SHOWN
