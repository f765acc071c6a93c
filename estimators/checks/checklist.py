"""The list of checks and where each runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from estimators.checks import (
    claims,
    contract,
    inner,
    invariances,
    memory,
    noise,
    own_parameters,
    precision,
    rare,
    settings,
    sizes,
    state,
    unbiasedness,
    ways,
)
from estimators.checks.replicas import replicas
from estimators.checks.result import Measured
from estimators.checks.subject import Subject
from estimators.latents import Latent

LATENTS = (
    Latent("bernoulli", 4),
    Latent("bernoulli", 1),
    Latent("categorical", 2, k=4),
    Latent("categorical", 1, k=5),
)
"""The latents that are tried, the larger first within each family."""

Scope = Literal["every latent", "every categorical", "each family", "one categorical", "once"]
Test = Callable[[Subject], Measured | str]

CHECKS: dict[Test, Scope] = {
    claims.class_facts: "once",
    unbiasedness.unbiased_logits: "every latent",
    unbiasedness.unbiased_cost_parameters: "every latent",
    unbiasedness.exact_where_claimed: "every latent",
    unbiasedness.bias_is_real: "each family",
    ways.training_mode: "each family",
    ways.batch_layout: "each family",
    ways.single_precision: "each family",
    sizes.larger_layer: "each family",
    sizes.larger_costs: "each family",
    rare.rare_classes: "each family",
    settings.other_settings: "each family",
    settings.schedules: "each family",
    settings.later_steps: "once",
    inner.two_layers: "each family",
    inner.deeper_auxiliary: "each family",
    inner.deeper_is_said: "each family",
    invariances.noiseless_where_claimed: "every latent",
    invariances.constant_cost: "every latent",
    invariances.shifted_cost: "each family",
    invariances.class_gradients_sum_to_zero: "every categorical",
    invariances.shifted_logits: "one categorical",
    invariances.two_classes_are_bernoulli: "once",
    noise.independent_examples: "each family",
    noise.independent_variables: "each family",
    noise.independent_gradients: "each family",
    noise.new_in_each_call: "each family",
    noise.follows_the_seed: "each family",
    claims.value: "each family",
    claims.scale: "each family",
    claims.cost_evaluations: "every latent",
    claims.hard_codes_where_claimed: "each family",
    claims.same_as: "each family",
    contract.inputs_unchanged: "each family",
    precision.dtype: "each family",
    precision.full_precision: "each family",
    contract.batch_shapes: "every latent",
    contract.independent_rows: "each family",
    state.state_dict: "each family",
    state.evaluation_leaves_no_trace: "each family",
    state.many_calls: "once",
    memory.nothing_is_kept: "each family",
    precision.extreme_logits: "every latent",
    replicas: "each family",
    own_parameters.separate_parameters: "each family",
    own_parameters.auxiliary_lowers_variance: "each family",
}
"""Every check with the latents it runs on; "each family" and "one" stand for the largest latent that is accepted."""
