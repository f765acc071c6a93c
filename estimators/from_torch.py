"""Distributions of PyTorch as distributions of a layer; the way back is ``Distribution.to_torch``."""

from __future__ import annotations

from torch import distributions

from estimators.bernoulli import Bernoulli
from estimators.categorical import Categorical
from estimators.distributions import Distribution


def from_torch(given: distributions.Distribution) -> Distribution:
    """The layer that a distribution of PyTorch describes, with its logits, to which gradients flow.

    The last dimension of its batch, or the one that an ``Independent`` takes out of it, is that of the ``n`` variables:
    a ``Bernoulli`` has logits ``[*batch, n]``, a ``Categorical`` or ``OneHotCategorical`` ``[*batch, n, k]``. Codes are
    one-hot for both of these.

    Raises:
        TypeError: it is none of these.
        ValueError: there is no such dimension, or an ``Independent`` has several.
    """
    base = given
    if isinstance(base, distributions.Independent):
        if base.reinterpreted_batch_ndims > 1:
            dims = f"reinterpreted_batch_ndims={base.reinterpreted_batch_ndims}"
            raise ValueError(f"from_torch: {dims}, but the variables of a layer are one dimension: flatten them")
        base = base.base_dist
    if not isinstance(base, distributions.Bernoulli | distributions.Categorical | distributions.OneHotCategorical):
        needed = "a Bernoulli, Categorical or OneHotCategorical, or an Independent of one,"
        raise TypeError(f"from_torch: {needed} is needed, not {given!r:.80}")
    if not base.batch_shape:
        raise ValueError(
            f"from_torch: {given!r:.80} has no dimension for the variables of a layer: unsqueeze its logits"
        )
    family = Bernoulli if isinstance(base, distributions.Bernoulli) else Categorical
    return family(logits=base.logits)
