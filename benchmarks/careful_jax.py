"""The networks of :mod:`benchmarks.careful` in JAX, each step compiled as a whole: data, gradient and optimizer in one
``jax.jit``.

After ``pip install jax``, ``make speed`` times it in turns with the benchmark's training step. XLA starts more than one
thread whatever the settings; CPU time counts all of them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import Any

from torch import Tensor

# Before JAX is imported: one thread, like the other scripts.
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

import jax  # pyright: ignore[reportMissingImports]
import jax.numpy as jnp  # pyright: ignore[reportMissingImports]

Parameters = dict[str, jax.Array]

RATE, MEAN_DECAY, SQUARE_DECAY, TINY = 1e-3, 0.9, 0.999, 1e-8
"""Hyperparameters of Adam."""

N, K, SIZE = 20, 10, 200
"""Variables and classes of the categorical layers; SIZE = N K is also the number of bits of the others."""


def relax(logits: jax.Array, key: jax.Array, temperature: float, *, classes: bool) -> jax.Array:
    """A relaxed code ``[B, SIZE]``."""
    if not classes:
        return jax.nn.sigmoid((logits + jax.random.logistic(key, logits.shape)) / temperature)
    z = jax.nn.softmax(((logits + jax.random.gumbel(key, logits.shape)) / temperature).reshape(-1, N, K))
    return z.reshape(-1, SIZE)


def kl(logits: jax.Array, prior: jax.Array, *, classes: bool) -> jax.Array:
    """Sum over the batch, nats."""
    if not classes:
        q = jax.nn.sigmoid(logits)
        return (q * (logits - prior) + jax.nn.softplus(prior) - jax.nn.softplus(logits)).sum()
    q, p = (jax.nn.log_softmax(each.reshape(-1, N, K)) for each in (logits, prior))
    return (jnp.exp(q) * (q - p)).sum()


def linear(parameters: Parameters, name: str, x: jax.Array) -> jax.Array:
    return x @ parameters[name] + parameters[f"{name}_bias"]


def vae(parameters: Parameters, x: jax.Array, key: jax.Array, temperature: float, *, classes: bool) -> jax.Array:
    """The negative ELBO of a batch ``[B, pixels]``, nats per example."""
    logits = linear(parameters, "encoder", x)
    output = linear(parameters, "decoder", relax(logits, key, temperature, classes=classes))
    reconstruction = (jax.nn.softplus(output) - x * output).sum()
    return (reconstruction + kl(logits, parameters["prior"], classes=classes)) / len(x)


def sbn(parameters: Parameters, x: jax.Array, key: jax.Array, temperature: float, *, classes: bool) -> jax.Array:
    """The negative log-likelihood of the lower halves of a batch ``[B, pixels]``, nats per example."""
    upper, lower = jnp.split(x, 2, axis=-1)
    first, second = jax.random.split(key)
    z = relax(linear(parameters, "first", upper), first, temperature, classes=classes)
    z = relax(linear(parameters, "second", z), second, temperature, classes=classes)
    output = linear(parameters, "output", z)
    return (jax.nn.softplus(output) - lower * output).sum() / len(x)


LOSSES = {
    f"{name}_{family}": partial(loss, classes=family == "categorical")
    for name, loss in (("vae", vae), ("sbn", sbn))
    for family in ("bernoulli", "categorical")
}
"""The losses by the names of the benchmark's tasks."""


@partial(jax.jit, donate_argnums=0, static_argnums=(2, 3))
def _update(state: dict[str, Any], images: jax.Array, batch_size: int, task: str) -> tuple[dict[str, Any], jax.Array]:
    key, rows_key, noise_key = jax.random.split(state["key"], 3)
    rows = jax.random.randint(rows_key, (batch_size,), 0, len(images))
    loss, gradient = jax.value_and_grad(LOSSES[task])(state["parameters"], images[rows], noise_key, 1.0)
    count = state["count"] + 1
    mean = jax.tree.map(lambda m, g: MEAN_DECAY * m + (1 - MEAN_DECAY) * g, state["mean"], gradient)
    square = jax.tree.map(lambda v, g: SQUARE_DECAY * v + (1 - SQUARE_DECAY) * g * g, state["square"], gradient)
    rate = RATE * jnp.sqrt(1 - SQUARE_DECAY**count) / (1 - MEAN_DECAY**count)
    parameters = jax.tree.map(lambda p, m, v: p - rate * m / (jnp.sqrt(v) + TINY), state["parameters"], mean, square)
    return {"parameters": parameters, "mean": mean, "square": square, "count": count, "key": key}, loss


def training_step(images: Tensor, batch_size: int = 100, task: str = "vae_bernoulli") -> Callable[[], float]:
    """A function that takes a training step on a random batch of ``images``, uint8 ``[N, pixels]``."""
    key = jax.random.key(0)
    parameters: Parameters = {"prior": jnp.zeros(SIZE)} if task.startswith("vae") else {}
    for name, inputs, outputs in _maps(task, images.shape[-1]):
        key, own = jax.random.split(key)
        parameters[name] = jax.random.uniform(own, (inputs, outputs), minval=-1, maxval=1) / inputs**0.5
        parameters[f"{name}_bias"] = jnp.zeros(outputs)
    zeros = {name: jnp.zeros_like(value) for name, value in parameters.items()}
    state = {"parameters": parameters, "mean": zeros, "square": jax.tree.map(jnp.copy, zeros), "count": 0, "key": key}
    binary = jnp.asarray((images > 127).float().cpu().numpy())

    def step() -> float:
        nonlocal state
        state, loss = _update(state, binary, batch_size, task)
        return float(loss)

    return step


def _maps(task: str, pixels: int) -> list[tuple[str, int, int]]:
    """The linear maps of a model: name, inputs and outputs."""
    if task.startswith("vae"):
        return [("encoder", pixels, SIZE), ("decoder", SIZE, pixels)]
    return [("first", pixels // 2, SIZE), ("second", SIZE, SIZE), ("output", SIZE, pixels // 2)]
