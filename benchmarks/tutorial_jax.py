"""The step of :mod:`benchmarks.tutorial` in JAX, compiled as a whole: data, gradient and optimizer in one ``jax.jit``.

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


def negative_elbo(parameters: Parameters, x: jax.Array, key: jax.Array, temperature: float) -> jax.Array:
    """The negative ELBO of a batch ``[B, pixels]``, nats per example."""
    logits = x @ parameters["encoder"] + parameters["encoder_bias"]
    z = jax.nn.sigmoid((logits + jax.random.logistic(key, logits.shape)) / temperature)
    output = z @ parameters["decoder"] + parameters["decoder_bias"]
    reconstruction = (jax.nn.softplus(output) - x * output).sum(-1)
    prior, q = parameters["prior"], jax.nn.sigmoid(logits)
    kl = q * (logits - prior) + jax.nn.softplus(prior) - jax.nn.softplus(logits)
    return (reconstruction + kl.sum(-1)).mean()


@partial(jax.jit, donate_argnums=0, static_argnums=2)
def _update(state: dict[str, Any], images: jax.Array, batch_size: int) -> tuple[dict[str, Any], jax.Array]:
    key, rows_key, pixel_key, noise_key = jax.random.split(state["key"], 4)
    rows = jax.random.randint(rows_key, (batch_size,), 0, len(images))
    x = jax.random.bernoulli(pixel_key, images[rows] / 255).astype(jnp.float32)
    loss, gradient = jax.value_and_grad(negative_elbo)(state["parameters"], x, noise_key, 1.0)
    count = state["count"] + 1
    mean = jax.tree.map(lambda m, g: MEAN_DECAY * m + (1 - MEAN_DECAY) * g, state["mean"], gradient)
    square = jax.tree.map(lambda v, g: SQUARE_DECAY * v + (1 - SQUARE_DECAY) * g * g, state["square"], gradient)
    rate = RATE * jnp.sqrt(1 - SQUARE_DECAY**count) / (1 - MEAN_DECAY**count)
    parameters = jax.tree.map(lambda p, m, v: p - rate * m / (jnp.sqrt(v) + TINY), state["parameters"], mean, square)
    return {"parameters": parameters, "mean": mean, "square": square, "count": count, "key": key}, loss


def training_step(images: Tensor, batch_size: int = 100, n: int = 200) -> Callable[[], float]:
    """A function that takes a training step on a random batch of ``images``, uint8 ``[N, pixels]``."""
    pixels = images.shape[-1]
    encoder_key, decoder_key, key = jax.random.split(jax.random.key(0), 3)
    parameters: Parameters = {
        "encoder": jax.random.uniform(encoder_key, (pixels, n), minval=-1, maxval=1) / pixels**0.5,
        "encoder_bias": jnp.zeros(n),
        "decoder": jax.random.uniform(decoder_key, (n, pixels), minval=-1, maxval=1) / n**0.5,
        "decoder_bias": jnp.zeros(pixels),
        "prior": jnp.zeros(n),
    }
    zeros = {name: jnp.zeros_like(value) for name, value in parameters.items()}
    state = {"parameters": parameters, "mean": zeros, "square": jax.tree.map(jnp.copy, zeros), "count": 0, "key": key}
    on_device = jnp.asarray(images.cpu().numpy())

    def step() -> float:
        nonlocal state
        state, loss = _update(state, on_device, batch_size)
        return float(loss)

    return step
