from __future__ import annotations

import pandas as pd
import pytest

from results.reading.duplicates import without_duplicates


def rows(*entries: tuple[str, str, str | None]) -> pd.DataFrame:
    return pd.DataFrame(entries, columns=["task", "estimator", "same_as"])


def test_one_of_two_names_of_a_method_is_left_out_with_a_note():
    kept, notes = without_duplicates(rows(("bits", "darn", None), ("bits", "reinmax", "darn")), within=["task"])
    assert list(kept["estimator"]) == ["darn"]
    assert notes == ["on bits, reinmax coincides with darn and is not shown twice"]


@pytest.mark.parametrize("name", ["", " ", "darn temperature", "darn temperature=x", "darn a=b=c"])
def test_what_is_no_name_of_a_method_is_that_of_none(name: str):
    assert len(without_duplicates(rows(("bits", "darn", None), ("bits", "reinmax", name)), within=["task"])[0]) == 2


def test_a_name_stays_where_the_other_one_is_not():
    kept, notes = without_duplicates(rows(("classes", "darn", None), ("bits", "reinmax", "darn")), within=["task"])
    assert len(kept) == 2
    assert notes == []


def test_a_name_with_a_setting_means_the_other_one_with_this_setting():
    two_names = rows(
        ("bits", "st_gumbel_softmax", None),
        ("bits", "decoupled", "st_gumbel_softmax temperature=2"),
    )
    kept, _ = without_duplicates(two_names.assign(**{"estimator.temperature": ["2.0", None]}), within=["task"])
    assert list(kept["estimator"]) == ["st_gumbel_softmax"]
    for temperature in ("1.0", None):
        other = two_names.assign(**{"estimator.temperature": [temperature, None]})
        assert len(without_duplicates(other, within=["task"])[0]) == 2
    assert len(without_duplicates(two_names, within=["task"])[0]) == 2
