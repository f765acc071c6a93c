"""Keys of a configuration by their effect on a cell: on how it runs, on its results, or only on its random draws."""

from __future__ import annotations

from runners.config import EXECUTION

OTHER_DRAWS = ("device", "threads", "runner.vectorize", "runner.replicas", "runner.cuda_graph", "runner.compile")
"""Keys that change the draws of scores but not their distribution: noise comes from another generator, or sums are
taken in another order. See :func:`runners.cells.identity.draws_with`."""

WITHOUT_EFFECT = (
    "names",
    "output",
    "runner.checkpoint_every",
    "runner.tensorboard",
    "runner.extend_from",
    *(f"runner.{key}" for key in EXECUTION if f"runner.{key}" not in OTHER_DRAWS),
)
"""Keys that have no effect on results, which are the same bits."""

NOT_IDENTIFYING = (*WITHOUT_EFFECT, *OTHER_DRAWS)
"""Keys that are not part of a cell's identity."""

SCORING = ("runner.test", "runner.bound_samples", "runner.valid_samples")
"""Keys about the scores of the trained model, on which training does not depend."""
