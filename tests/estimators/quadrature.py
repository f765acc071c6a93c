"""Moments of the biased estimators' gradients from the formulas of their papers, by summation and quadrature.

One variable with the logits a, the probabilities pi = softmax(a) and the slope g(z) = df/dz of its cost;
D_p[v] = p (v - <p, v>). A bit with the logit a is a variable of two classes with the logits (0, a). Nothing here comes
from ``estimators``: each function is a :data:`~estimators.checks.moments.Reference` once its settings are given.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

import numpy as np

from estimators.checks.additive import Array, Slope
from estimators.checks.moments import Moments

ORDER = 8
"""Gauss-Legendre nodes in each panel: at twice as many no moment changes by 1e-8 of itself."""
FARTHEST = 60.0
"""Gap between two perturbed logits beyond which the density, at most e^(10 - gap), is nothing."""

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


def panels(width: float) -> tuple[Array, Array]:
    """Nodes and weights of an integral over (0, FARTHEST); panels are at most ``width`` wide at 0 and 2 far from it."""
    edges = [0.0]
    while edges[-1] < FARTHEST:
        edges.append(edges[-1] + min(width, 2.0))
        width *= 1.5
    nodes, weights = np.polynomial.legendre.leggauss(ORDER)
    half, middle = np.diff(edges)[:, None] / 2, (np.array(edges[1:]) + edges[:-1])[:, None] / 2
    return (middle + half * nodes).ravel(), (half * weights).ravel()


def perturbed_logits(logits: Array, temperature: float) -> tuple[Array, Array, Array]:
    """Integration over Gumbel noise: nodes x of a + G up to a common constant, their codes, and their weights.

    Where class j is the largest, x_j = 0 and x_i = -d_i with gaps d_i > 0 of the joint density
    (k - 1)! prod_i pi_i e^(-x_i) / (sum_i pi_i e^(-x_i))^k. That is the density of the Concrete distribution at
    temperature 1 (Maddison, Mnih & Teh 2017, equation 10) in coordinates in which it is smooth and no argmax jumps.

    Args:
        logits: ``[k]``, with k = 2 a one-dimensional, k = 3 a two-dimensional integral.
        temperature: the narrowest by which the integrand will divide x.
    """
    k, log_pi = len(logits), np.log(softmax(logits))
    one, weight = panels(min(temperature, 1.0))
    gaps = np.stack(np.meshgrid(*[one] * (k - 1), indexing="ij"), -1).reshape(-1, k - 1)
    area = np.stack(np.meshgrid(*[weight] * (k - 1), indexing="ij"), -1).reshape(-1, k - 1).prod(-1)
    x = np.concatenate([np.insert(-gaps, j, 0.0, axis=1) for j in range(k)])
    rates = log_pi - x
    largest = rates.max(-1)
    log_sum = largest + np.log(np.exp(rates - largest[:, None]).sum(-1))
    density = math.factorial(k - 1) * np.exp(rates.sum(-1) - k * log_sum)
    return x, np.repeat(np.eye(k), len(gaps), axis=0), density * np.tile(area, k)


@of_both_families
def gumbel_softmax(logits: Array, g: Slope, temperature: float) -> Moments:
    """y = softmax((a + G) / tau), gradient 1/tau D_y[g(y)].

    Jang, Gu & Poole 2017, equation 2; Maddison, Mnih & Teh 2017, section 3.1.
    """
    x, _, weight = perturbed_logits(logits, temperature)
    y = softmax(x / temperature)
    return moments(weight, tangent(y, g(y)) / temperature)


@of_both_families
def straight_through_gumbel_softmax(logits: Array, g: Slope, temperature: float) -> Moments:
    """z = one_hot(argmax(a + G)) and y = softmax((a + G) / tau) of the same G, gradient 1/tau D_y[g(z)].

    Jang, Gu & Poole 2017, equations 1 and 2 and section 2.2.
    """
    x, z, weight = perturbed_logits(logits, temperature)
    return moments(weight, tangent(softmax(x / temperature), g(z)) / temperature)


@of_both_families
def decoupled(logits: Array, g: Slope, forward_temperature: float, backward_temperature: float) -> Moments:
    """z = one_hot(argmax(a / tau_f + G)) and y = softmax((a + G) / tau_b) of the same G, gradient 1/tau_b D_y[g(z)].

    Shah, Yan, Mozer & Liu 2024, section 3.
    """
    x, z, weight = perturbed_logits(logits / forward_temperature, backward_temperature)
    y = softmax((x + logits - logits / forward_temperature) / backward_temperature)
    return moments(weight, tangent(y, g(z)) / backward_temperature)


@of_both_families
def gumbel_rao(logits: Array, g: Slope, temperature: float, conditional_samples: int) -> Moments:
    """z ~ pi, gradient 1/R sum_r 1/tau D_{y_r}[g(z)] with y_r = softmax((a + G_r) / tau), G_r ~ p(G | argmax = z).

    Paulus, Maddison & Krause 2021, section 3. Given z the R terms are independent, so that the mean of their squares
    is that of one term around the same conditional mean, divided by R.
    """
    x, z, weight = perturbed_logits(logits, temperature)
    gradient = tangent(softmax(x / temperature), g(z)) / temperature
    per_code = weight[:, None] * z
    pi = per_code.sum(0)
    mean, square = ((per_code.T @ power) / pi[:, None] for power in (gradient, gradient**2))
    return Moments(pi @ mean, pi @ (mean**2 + (square - mean**2) / conditional_samples))


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
    """z ~ pi, gradient S(z)^T g(z): Hooper & Shekhovtsov 2026, section 4, entry by entry."""
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
    """z ~ pi, gradient D_pi[g(z)]: Bengio, Léonard & Courville 2013, section 4, with the derivative of the softmax.

    Or g(z) itself, or g(z) where a lies in [-1, 1].
    """
    if jacobian == "softmax":
        return slope_annealed(logits, g, slope=1.0)
    kept = np.ones(len(logits)) if jacobian == "identity" else np.abs(logits) <= 1
    return moments(softmax(logits), kept * g(np.eye(len(logits))))


@of_both_families
def slope_annealed(logits: Array, g: Slope, slope: float) -> Moments:
    """z ~ pi, gradient s D_{pi_s}[g(z)] with pi_s = softmax(s a): Chung, Ahn & Bengio 2016, section 4."""
    steep = softmax(slope * logits)
    return moments(softmax(logits), slope * tangent(steep, g(np.eye(len(logits)))))


@of_both_families
def darn(logits: Array, g: Slope) -> Moments:
    """z ~ pi, gradient <g(z), z - 1/k> (z - pi): Gregor et al. 2014, section 2.3, at the sample."""
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

    Fan, Chi, Rudnicky & Ramadge 2022, section 4.
    """
    z = np.eye(len(logits))
    highest = logits.max()
    lifted = (highest - logits[:, None]) * z
    lowered = np.maximum(logits - highest + gap, 0) * (1 - z)
    y = softmax((logits + lifted - lowered) / temperature)
    return moments(softmax(logits), tangent(y, g(z)) / temperature)


def redge(logits: Array, g: Slope, steps: int, noise: float) -> Moments:
    """z ~ p_1 and gradient (dp_1/da)^T g(z), p_1 at the end of the deterministic denoising of x ~ N(0, I).

    The Jacobian goes through the steps by the chain rule. A number that all of x share has no effect, so that x is
    integrated over the space across it, by Gauss and Hermite.

    Gourevitch, Durmus, Moulines, Olsson & Janati 2026.
    """
    if not logits.ndim:
        raise ValueError("this reference is for classes only")
    k = len(logits)
    across = np.linalg.svd(np.eye(k) - 1 / k)[0][:, : k - 1]
    one, weight = np.polynomial.hermite_e.hermegauss(100)
    u = np.stack(np.meshgrid(*[one] * (k - 1), indexing="ij"), -1).reshape(-1, k - 1)
    weights = np.stack(np.meshgrid(*[weight / np.sqrt(2 * np.pi)] * (k - 1), indexing="ij"), -1)
    area = weights.reshape(-1, k - 1).prod(-1)
    x, dx = u @ across.T, np.zeros((len(u), k, k))

    def given(x: Array, dx: Array, alpha: float) -> tuple[Array, Array]:
        ratio = alpha / (1 - alpha) ** 2
        p = softmax(logits + ratio * x)
        return p, tangent(p[..., None], np.eye(k) + ratio * dx, axis=1)

    alphas = np.linspace(1 - noise, 1e-4, steps - 1)
    for t in range(steps - 2, 0, -1):
        alpha, lower = alphas[t], alphas[t - 1]
        p, dp = given(x, dx, alpha)
        shrink = (1 - lower) / (1 - alpha)
        x, dx = lower * p + shrink * (x - alpha * p), lower * dp + shrink * (dx - alpha * dp)
    p, dp = given(x, dx, alphas[0])
    gradient = np.einsum("cj,mjk->mck", g(np.eye(k)), dp)
    return moments((area[:, None] * p).ravel(), gradient.reshape(-1, k))


def hard_concrete(logit: Array, g: Slope, temperature: float, stretch: tuple[float, float] = (-0.1, 1.1)) -> Moments:
    """y = sigmoid((a + L) / tau), L logistic, gradient g(z) dz/da at z = low + (high - low) y where 0 < z < 1, else 0.

    L = tau logit(y) - a has the density s (1 - s) with s = sigmoid(L), so y has s (1 - s) tau / (y (1 - y)).

    Louizos, Welling & Kingma 2018, section 2.2.
    """
    low, high = stretch
    nodes, weights = np.polynomial.legendre.leggauss(16 * ORDER)
    z, length = (nodes + 1) / 2, weights / 2
    y = (z - low) / (high - low)
    slope = y * (1 - y) / temperature
    s = 1 / (1 + np.exp(logit - temperature * np.log(y / (1 - y))))
    density = s * (1 - s) / slope / (high - low)
    return moments(density * length, g(z) * (high - low) * slope)


def spike_and_exponential(logit: Array, g: Slope, beta: float) -> Moments:
    """Gradient g(zeta) dzeta/da, with zeta = 0 of probability 1 - q, else of density beta e^(beta zeta) / (e^beta - 1).

    F(zeta) = 1 - q + q s with s = (e^(beta zeta) - 1) / (e^beta - 1), and zeta moves so that F(zeta) stays:
    dzeta/dq = -(dF/dq) / (dF/dzeta) = (1 - s) / (q ds/dzeta).

    Rolfe 2017, section 2.1 and appendix D.
    """
    nodes, weights = np.polynomial.legendre.leggauss(8 * ORDER)
    zeta, length = (nodes + 1) / 2, weights / 2
    q = 1 / (1 + np.exp(-logit))
    s = np.expm1(beta * zeta) / np.expm1(beta)
    density = beta * np.exp(beta * zeta) / np.expm1(beta)
    return moments(q * density * length, g(zeta) * (1 - s) / (q * density) * q * (1 - q))
