"""What the keys of a configuration say of a cell: how it is run, what its numbers are, how they are drawn."""

from __future__ import annotations

EXECUTION = ("timeout", "retry", "attempts", "isolate", "vectorize", "replicas")
"""Keys of the section ``runner`` that say how a cell is run; the others are the runner's own arguments."""

OTHER_DRAWS = ("device", "threads", "runner.vectorize", "runner.replicas", "runner.cuda_graph", "runner.compile")
"""Keys with which scores have the same distribution but are other draws from it: noise comes from another generator, or
sums are taken in another order. See :func:`runners.cells.identity.draws_with`."""

WITHOUT_EFFECT = (
    "names",
    "output",
    "runner.checkpoint_every",
    "runner.tensorboard",
    "runner.extend_from",
    *(f"runner.{key}" for key in EXECUTION if f"runner.{key}" not in OTHER_DRAWS),
)
"""Keys with which a cell has the same bits."""

NOT_IDENTIFYING = (*WITHOUT_EFFECT, *OTHER_DRAWS)
"""Keys of the configuration that take no part in a cell's identity."""

SCORING = ("runner.test", "runner.bound_samples", "runner.valid_samples")
"""Keys that say how a trained model is scored; training does not depend on them."""
