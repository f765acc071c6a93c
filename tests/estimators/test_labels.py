"""What readers call estimators."""

from __future__ import annotations

from collections import Counter

from estimators import REBAR, GumbelSoftmax
from estimators.catalogue import configurations, find


def test_no_two_estimators_have_one_label():
    classes = {node["_target_"]: find(node["_target_"]) for node in configurations().values()}
    for kind in ("label", "short_label"):
        counted = Counter(getattr(each, kind) for each in classes.values())
        assert max(counted.values()) == 1


def test_a_class_is_called_as_its_paper_does():
    assert (GumbelSoftmax.label, GumbelSoftmax.short_label) == ("Gumbel-Softmax", "GS")


def test_a_class_that_says_nothing_has_its_own_name_not_that_of_its_parent():
    class Mine(REBAR):
        pass

    class Ours(Mine):
        label = "Ours, 2026"

    assert (Mine.label, Mine.short_label) == ("Mine", "Mine")
    assert (Ours.label, Ours.short_label) == ("Ours, 2026", "Ours, 2026")
