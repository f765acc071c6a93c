"""Substitutions without noise: the extreme of the bias-variance trade-off with zero variance."""

from __future__ import annotations

import torch
from torch import Tensor

from estimators.distributions import Distribution
from estimators.estimator import CostKind
from estimators.straight_through import with_path
from estimators.substitution import Substitution

SHARP = 1e6
"""Factor on the logits for which the distribution is concentrated at its mode, except for ties."""


class MeanField(Substitution):
    """Mean field: the cost at the mean in place of the mean of the cost.

    g = grad f(p) = D_p[f'(p)].

    The cost's parameters are trained at means, which are no hard codes. Exact for multilinear costs. 1 evaluation.

    Saul, Jaakkola & Jordan 1996, *Mean field theory for sigmoid belief networks*, use the mean of a factorised
    distribution in place of its samples.
    """

    label = "Mean field"
    citation = "Saul, Jaakkola & Jordan 1996"

    @property
    def exact_for(self) -> CostKind:
        return "multilinear"

    @property
    def noiseless_for(self) -> CostKind:
        return "multilinear"

    def substitute(self, q: Distribution) -> Tensor:
        return q.mean


class ArgmaxStraightThrough(Substitution):
    """Straight-through at the mode: the most likely code forward, the derivative of the mean backward.

    g = D_p[f'(z)],  z the most likely code.

    Common in implementations of discrete bottlenecks. Its objective is the cost at the mode, not the expected cost: the
    model sees no other code in training, but is evaluated at samples like all others. 1 evaluation.

    The straight-through estimator of Bengio, Léonard & Courville 2013 with a threshold in place of the sample.
    """

    label = "Argmax ST"
    short_label = "AST"
    citation = "Bengio, Léonard & Courville 2013"

    def objective_distribution(self, q: Distribution) -> Distribution:
        return type(q)(logits=SHARP * q.logits)

    def substitute(self, q: Distribution) -> Tensor:
        return with_path(q.hard(torch.zeros_like(q.logits)), q.mean)
