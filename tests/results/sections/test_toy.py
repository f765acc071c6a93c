"""What the summary says about the toy problems."""

from __future__ import annotations

import pandas as pd

from results.sections.toy import lowest_losses


def test_the_summary_names_all_estimators_with_the_lowest_loss_of_a_problem():
    cells = pd.DataFrame({"cell": list("abcd"), "estimator": ["reinmax", "darn", "rloo", "rloo"], "task": "toy"})
    cells["conditions"] = ["power=2", "power=2", "power=2", "power=3"]
    ends = {"a": 0.2, "b": 0.2 + 1e-7, "c": 0.21, "d": 0.1}
    curves = pd.DataFrame(
        [(cell, step, "loss", 0.05 if step == 0 else end) for cell, end in ends.items() for step in (0, 1000)],
        columns=["cell", "step", "metric", "value"],
    )
    assert list(lowest_losses(cells, curves)) == [
        "toy, power=2: after 1,000 steps the lowest exact loss is 0.2 (darn, reinmax).",
        "toy, power=3: after 1,000 steps the lowest exact loss is 0.1 (rloo).",
    ]
