from __future__ import annotations

import pandas as pd

from results.duplicates import without_duplicates


def rows(*entries: tuple[str, str, str | None]) -> pd.DataFrame:
    return pd.DataFrame(entries, columns=["task", "estimator", "same_as"])


def test_one_of_two_names_of_a_method_is_left_out_with_a_note():
    kept, notes = without_duplicates(rows(("bits", "darn", None), ("bits", "reinmax", "darn")), within=["task"])
    assert list(kept["estimator"]) == ["darn"]
    assert notes == ["on bits, reinmax is darn and is not shown twice"]


def test_a_name_stays_where_the_other_one_is_not():
    kept, notes = without_duplicates(rows(("classes", "darn", None), ("bits", "reinmax", "darn")), within=["task"])
    assert len(kept) == 2
    assert notes == []
