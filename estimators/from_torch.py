"""Conversion of PyTorch distributions to those of a layer; ``Distribution.to_torch`` is the inverse."""

from __future__ import annotations

from torch import distributions

from estimators.bernoulli import Bernoulli
from estimators.categorical import Categorical
from estimators.distributions import Distribution


def from_torch(given: distributions.Distribution) -> Distribution:
    """Converts a PyTorch distribution to that of a layer with the same logits, to which gradients flow.

    The ``n`` variables are the last batch dimension, or the one that an ``Independent`` reinterprets: a ``Bernoulli``
    has logits ``[*batch, n]``, a ``Categorical`` or ``OneHotCategorical`` ``[*batch, n, k]``. Codes are one-hot for
    both of the latter.

    Raises:
        TypeError: it is not one of these distributions.
        ValueError: there is no such dimension, or an ``Independent`` has several.
    """
    base = given
    if isinstance(base, distributions.Independent):
        if base.reinterpreted_batch_ndims > 1:
            dims = f"reinterpreted_batch_ndims={base.reinterpreted_batch_ndims}"
            raise ValueError(f"from_torch: {dims}, but the variables of a layer are one dimension: flatten them first")
        base = base.base_dist
    if not isinstance(base, distributions.Bernoulli | distributions.Categorical | distributions.OneHotCategorical):
        allowed = "a Bernoulli, Categorical or OneHotCategorical, or an Independent of one"
        raise TypeError(f"from_torch: pass {allowed}, not {given!r:.80}")
    if not base.batch_shape:
        raise ValueError(
            f"from_torch: {given!r:.80} has no dimension for the variables of a layer: unsqueeze its logits"
        )
    family = Bernoulli if isinstance(base, distributions.Bernoulli) else Categorical
    return family(logits=base.logits)
