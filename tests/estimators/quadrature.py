"""Moments of the biased estimators' gradients from the formulas of their papers, by integration over the noise.

The notation and the tools are those of ``summation.py``.
"""

from __future__ import annotations

import math

import numpy as np

from estimators.checks.additive import Array, Slope
from estimators.checks.moments import Moments
from tests.estimators.summation import moments, of_both_families, softmax, tangent

ORDER = 8
"""Gauss-Legendre nodes in each panel: at twice as many no moment changes by 1e-8 of itself."""
FARTHEST = 60.0
"""Gap between two perturbed logits beyond which the density, at most e^(10 - gap), is nothing."""


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

    Jang, Gu & Poole 2017, equation 2; Maddison, Mnih & Teh 2017, section 3.
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

    Shah, Yan, Mozer & Liu 2024.
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

    Rolfe 2017, section 2.1.
    """
    nodes, weights = np.polynomial.legendre.leggauss(8 * ORDER)
    zeta, length = (nodes + 1) / 2, weights / 2
    q = 1 / (1 + np.exp(-logit))
    s = np.expm1(beta * zeta) / np.expm1(beta)
    density = beta * np.exp(beta * zeta) / np.expm1(beta)
    return moments(q * density * length, g(zeta) * (1 - s) / (q * density) * q * (1 - q))
