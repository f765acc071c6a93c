"""Moments of the biased estimators' gradients from the formulas of their papers, by summation over the classes.

One variable with the logits a, the probabilities pi = softmax(a) and the slope g(z) = df/dz of its cost;
D_p[v] = p (v - <p, v>). A bit with the logit a is a variable of two classes with the logits (0, a). Nothing here comes
from ``estimators``: each function is a :data:`~estimators.checks.moments.Reference` once its settings are given.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

import numpy as np

from estimators.checks.additive import Array, Slope
from estimators.checks.moments import Moments

P = ParamSpec("P")


def of_both_families(
    of_classes: Callable[Concatenate[Array, Slope, P], Moments],
) -> Callable[Concatenate[Array, Slope, P], Moments]:
    """Lets a function of ``[k]`` logits take the one logit ``[]`` of a bit, whose code is that of class 1."""

    @wraps(of_classes)
    def of_either(logits: Array, g: Slope, *settings: P.args, **named: P.kwargs) -> Moments:
        if logits.ndim:
            return of_classes(logits, g, *settings, **named)

        def of_second_class(z: Array) -> Array:
            return np.stack([np.zeros(len(z)), g(z[:, 1])], -1)

        mean, second = of_classes(np.array([0.0, logits]), of_second_class, *settings, **named)
        return Moments(mean[1], second[1])

    return of_either


def softmax(x: Array) -> Array:
    weights = np.exp(x - x.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True)


def tangent(p: Array, v: Array, axis: int = -1) -> Array:
    """D_p[v], the classes along ``axis``."""
    return p * (v - (p * v).sum(axis, keepdims=True))


def moments(weight: Array, gradient: Array) -> Moments:
    return Moments(weight @ gradient, weight @ gradient**2)


@of_both_families
def mean_field(logits: Array, g: Slope) -> Moments:
    """Gradient D_pi[g(pi)], without noise."""
    pi = softmax(logits)[None]
    return moments(np.ones(1), tangent(pi, g(pi)))


@of_both_families
def argmax_straight_through(logits: Array, g: Slope) -> Moments:
    """z the mode, the first one of several, gradient D_pi[g(z)]; of a bit the value 0 comes first."""
    mode = np.eye(len(logits))[[logits.argmax()]]
    return moments(np.ones(1), tangent(softmax(logits)[None], g(mode)))


@of_both_families
def minimal_variance(logits: Array, g: Slope, weight: float) -> Moments:
    """z ~ pi, gradient S(z)^T g(z): Hooper & Shekhovtsov 2026, entry by entry."""
    pi, k, t = softmax(logits), len(logits), weight
    jacobian = np.diag(pi) - np.outer(pi, pi)
    a, b = np.zeros((k, k)), np.zeros((k, k))
    for i in range(k):
        for j in range(k):
            a[i, j] = -t * pi[i] * pi[j] / (1 + t * (pi[i] + pi[j]))
            b[i, j] = (1 + t * pi[i]) / (1 + 2 * t * pi[i]) * jacobian[i, j]
        a[i, i] += (1 + t * pi[i]) * sum(pi[j] / (1 + t * (pi[i] + pi[j])) for j in range(k))
    v = np.linalg.solve(a, b)
    gradient = np.zeros((k, k))
    for x in range(k):
        slope = g(np.eye(k)[[x]])[0]
        for i in range(k):
            s = (1 + t * pi[i]) * v[i] - t * pi[i] * v[x] + t * (i == x) * jacobian[x]
            gradient[x] += s * slope[i] / (1 + t * (pi[i] + pi[x]))
    return moments(pi, gradient)


@of_both_families
def straight_through(logits: Array, g: Slope, jacobian: str = "softmax") -> Moments:
    """z ~ pi, gradient D_pi[g(z)]: Bengio, Léonard & Courville 2013, with the derivative of the softmax.

    Or g(z) itself, or g(z) where a lies in [-1, 1].
    """
    if jacobian == "softmax":
        return slope_annealed(logits, g, slope=1.0)
    kept = np.ones(len(logits)) if jacobian == "identity" else np.abs(logits) <= 1
    return moments(softmax(logits), kept * g(np.eye(len(logits))))


@of_both_families
def slope_annealed(logits: Array, g: Slope, slope: float) -> Moments:
    """z ~ pi, gradient s D_{pi_s}[g(z)] with pi_s = softmax(s a): Chung, Ahn & Bengio 2016, section 3.3."""
    steep = softmax(slope * logits)
    return moments(softmax(logits), slope * tangent(steep, g(np.eye(len(logits)))))


@of_both_families
def darn(logits: Array, g: Slope) -> Moments:
    """z ~ pi, gradient <g(z), z - 1/k> (z - pi): Gregor et al. 2014; Gu et al. 2016, equation 5."""
    pi, z = softmax(logits), np.eye(len(logits))
    first_order = (g(z) * (z - 1 / len(logits))).sum(-1, keepdims=True)
    return moments(pi, first_order * (z - pi))


@of_both_families
def reinmax(logits: Array, g: Slope, temperature: float) -> Moments:
    """z ~ pi, gradient 2 D_{(pi_tau + z) / 2}[g(z)] - 1/2 D_pi[g(z)] with pi_tau = softmax(a / tau).

    Liu, Dong, Liu, Yu & Gao 2023, algorithm 2.
    """
    pi, z = softmax(logits), np.eye(len(logits))
    middle = (softmax(logits / temperature) + z) / 2
    return moments(pi, 2 * tangent(middle, g(z)) - tangent(pi, g(z)) / 2)


@of_both_families
def gapped_straight_through(logits: Array, g: Slope, temperature: float, gap: float) -> Moments:
    """z ~ pi, gradient 1/tau D_y[g(z)] with y = softmax((a + m_1 - m_2) / tau), m_1 and m_2 constants.

    m_1 = (max a - <a, z>) z,  m_2 = max(a + m_1 - max a + gap, 0) (1 - z).

    Fan, Chi, Rudnicky & Ramadge 2022.
    """
    z = np.eye(len(logits))
    highest = logits.max()
    lifted = (highest - logits[:, None]) * z
    lowered = np.maximum(logits - highest + gap, 0) * (1 - z)
    y = softmax((logits + lifted - lowered) / temperature)
    return moments(softmax(logits), tangent(y, g(z)) / temperature)
