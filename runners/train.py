"""The runner that trains a cell's model and scores it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from runners.cells.cell import Cell
from runners.cells.extension import begin_with_shorter
from runners.cells.interruption import Ended
from runners.config.kinds import Count
from runners.steps.graph import CudaGraph
from runners.steps.training import Training


def train(
    cell: Cell,
    *,
    steps: Count,
    batch_size: Count,
    evaluate_every: Count,
    bound_samples: Count,
    valid_samples: Count,
    checkpoint_every: Count,
    test: bool = True,
    extend_from: Sequence[str] = (),
    tensorboard: bool = False,
    cuda_graph: bool = False,
    compile: bool = False,
) -> dict[str, Any]:
    """Trains the cell's model, writes its gallery, and scores it.

    Training resumes from the cell's checkpoint if there is one, or else begins with that of a shorter run, see
    :mod:`runners.cells.extension`.

    Args:
        steps: parameter updates.
        batch_size: examples per update.
        evaluate_every: steps between validation scores.
        bound_samples: samples m per test example of the final bound.
        valid_samples: samples m per validation example of the final bound.
        checkpoint_every: steps between checkpoints.
        test: score on the test set; if false, the cell serves only for choices on validation.
        extend_from: folders, besides the cell's own, in which to look for shorter runs.
        tensorboard: also write the journal as TensorBoard events.
        cuda_graph: on a GPU, record a step once and then replay it.
        compile: compile the step into one function.

    Returns:
        Entries of the cell's record: scores in nats, and speed.

    Raises:
        Diverged: the loss or a score was not finite.
    """
    if compile and cuda_graph:
        raise ValueError("runner.compile=true: a recorded step cannot be compiled; set runner.cuda_graph=false")
    begin_with_shorter(cell, steps, extend_from)
    training = Training.begin(cell, batch_size, tensorboard)
    if cuda_graph and training.on_gpu:
        training.record_steps(CudaGraph(training.device))
    if compile:
        training.compile_steps()
    try:
        training.run(steps, evaluate_every, checkpoint_every)
    except Ended as ending:
        if not ending.at_once:
            training.save()
        raise
    training.write_gallery()
    return training.outcome(valid_samples, bound_samples if test else None)
