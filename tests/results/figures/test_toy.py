"""The figure of the toy problems."""

from __future__ import annotations

import pandas as pd

from results.figures.toy import toy


def test_estimators_that_do_the_same_are_one_line_of_their_problem():
    cells = pd.DataFrame({"cell": list("abcd"), "estimator": ["darn", "reinmax", "rloo", "rloo"]})
    cells["conditions"] = ["power=2", "power=2", "power=2", "power=3"]
    ends = {"a": 0.2, "b": 0.2 + 1e-7, "c": 0.21, "d": 0.1}
    curves = pd.DataFrame(
        [
            (cell, step, metric, sign * (0.25 if step == 0 else end))
            for cell, end in ends.items()
            for step in (0, 100)
            for metric, sign in (("loss", 1), ("log_variance", -1))
        ],
        columns=["cell", "step", "metric", "value"],
    )
    figure = toy(cells, curves)
    assert [axes.get_title(loc="left") or axes.get_title() for axes in figure.axes] == ["power=2", "", "power=3", ""]
    lines = [[str(line.get_label()) for line in axes.lines] for axes in figure.axes]
    assert lines == [["darn = reinmax", "rloo"]] * 2 + [["rloo"]] * 2
