from __future__ import annotations

import json

from results.explorer.explorer import FACTS
from results.explorer.facts import facts


def test_the_explorer_says_of_the_estimators_what_their_classes_say():
    said = json.loads(FACTS.read_text(encoding="utf-8"))
    assert said == facts(), "python -m results.explorer.facts writes what the classes say"
