"""Substitutions without noise: the extreme of the bias-variance trade-off that has no variance."""

from __future__ import annotations

import torch
from torch import Tensor

from estimators.distributions import Distribution
from estimators.estimator import CostKind
from estimators.straight_through import with_path
from estimators.substitution import Substitution

SHARP = 1e6
"""Times the logits: a distribution that is its own mode, up to ties."""


class MeanField(Substitution):
    """Mean field: the cost at the mean, as if it were the mean of the cost.

    g = grad f(pi),  pi the probabilities.

    The cost's parameters learn from means that no code ever takes. Exact for multilinear costs. 1 evaluation.

    Saul, Jaakkola & Jordan 1996, *Mean field theory for sigmoid belief networks*, use the mean of a factorised
    distribution in the place of its samples.
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
    """Straight-through at the mode: the likeliest code forward, the mean's derivative backward.

    g_logits = D_pi[grad f(argmax)].

    What many codes with discrete bottlenecks do. Its objective is the cost at the mode, not the expected cost: the
    model never sees another code in training, and is scored here at samples as all others are. 1 evaluation.

    Bengio, Léonard & Courville 2013, section 4, with a threshold in the place of the sample.
    """

    label = "Argmax ST"
    short_label = "AST"
    citation = "Bengio, Léonard & Courville 2013"

    def objective_distribution(self, q: Distribution) -> Distribution:
        return type(q)(logits=SHARP * q.logits)

    def substitute(self, q: Distribution) -> Tensor:
        return with_path(q.hard(torch.zeros_like(q.logits)), q.mean)
