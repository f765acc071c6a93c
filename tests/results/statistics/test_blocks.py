from __future__ import annotations

from results.statistics.blocks import largest_block


def test_equal_rows_are_the_block():
    assert largest_block({"a": {0, 1}, "b": {0, 1}}) == (["a", "b"], {0, 1})


def test_of_two_methods_only_common_seeds_are_compared():
    assert largest_block({"a": {0, 1, 2, 3, 4}, "b": {0, 1, 2}}) == (["a", "b"], {0, 1, 2})


def test_a_method_that_has_only_begun_does_not_take_the_seeds_of_all_others():
    known = {name: set(range(10)) for name in "abcdefgh"} | {"new": {0}}
    rows, columns = largest_block(known)
    assert rows == list("abcdefgh")
    assert columns == set(range(10))


def test_where_few_are_compared_a_method_with_a_seed_less_stays():
    rows, columns = largest_block({"a": {0, 1, 2}, "b": {0, 1, 2}, "c": {0, 1}})
    assert rows == ["a", "b", "c"]
    assert columns == {0, 1}


def test_rows_without_columns_are_in_no_block():
    assert largest_block({"a": set[int](), "b": {1}}) == (["b"], {1})
    assert largest_block({"a": set[int]()}) == ([], set())
