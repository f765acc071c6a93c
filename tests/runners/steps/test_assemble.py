from __future__ import annotations

from estimators import GumbelSoftmax
from runners.steps.assemble import assemble
from tests.conftest import Compose


def test_a_value_below_a_section_may_refer_to_another_section(compose_cell: Compose):
    config = compose_cell(
        "estimator=gumbel_softmax", "optimizer.lr=0.75", "estimator.temperature.start=${optimizer.lr}"
    )
    (estimator,) = assemble(config).estimators
    assert isinstance(estimator, GumbelSoftmax)
    assert estimator.temperature == 0.75
