from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from results.comparison import compare
from results.reading.collect import collect
from results.sections.targets import to_target
from tests.results.conftest import WriteCell


def test_the_first_time_at_the_target_by_hand(write_cell: WriteCell, outputs: Path) -> None:
    """Curves are bound + 20, 10, 6.67, 5 at steps 5, 10, 15, 20; the three ends are 105, 111 and 135, so 111 it is.

    nvil is there at step 10 (110), darn at its end, reinforce never.
    """
    write_cell("nvil", bound=100.0, steps_per_second=10.0, cost_evaluations=2)
    write_cell("darn", bound=106.0, steps_per_second=5.0)
    write_cell("reinforce", bound=130.0)
    results = collect(outputs)
    found = to_target(compare(results.cells), results.curves)
    assert set(found["target"]) == {111.0}
    columns = ["reached", "seeds", "steps", "evaluations", "seconds"]
    rows = {row["method"]: [row[name] for name in columns] for row in found.to_dict("records")}
    assert rows["nvil"] == pytest.approx([1, 1, 10, 20, 1.0])
    assert rows["darn"] == pytest.approx([1, 1, 20, 20, 4.0])
    assert rows["reinforce"] == pytest.approx([0, 1] + 3 * [float("nan")], nan_ok=True)


def test_a_seed_that_does_not_reach_the_target_is_later_than_all_others(write_cell: WriteCell, outputs: Path) -> None:
    for seed, bound in enumerate((90.0, 100.0, 110.0)):
        write_cell("nvil", seed=seed, bound=bound)
    results = collect(outputs)
    found = to_target(compare(results.cells), results.curves).iloc[0].to_dict()
    assert (found["target"], found["reached"], found["seeds"]) == (105.0, 2, 3)
    assert found["steps"] == 20.0, "the median of 10, 20 and never"


def test_if_half_of_the_seeds_do_not_get_there_no_time_is_reported(write_cell: WriteCell, outputs: Path) -> None:
    for seed in range(2):
        write_cell("nvil", seed=seed, bound=90.0)
        write_cell("darn", seed=seed, bound=90.0, status="done" if seed else "diverged")
    results = collect(outputs)
    rows = {row["method"]: row for row in to_target(compare(results.cells), results.curves).to_dict("records")}
    assert (rows["darn"]["reached"], rows["darn"]["seeds"]) == (1, 2)
    assert np.isnan(rows["darn"]["steps"])
    assert rows["nvil"]["steps"] == 20.0


def test_cells_that_were_never_validated_have_no_table(write_cell: WriteCell, outputs: Path) -> None:
    folder = write_cell("nvil")
    (folder / "metrics.jsonl").write_text("")
    results = collect(outputs)
    assert to_target(compare(results.cells), results.curves).empty
