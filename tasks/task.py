"""The contract between a model and the runners that train and evaluate it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from torch import Tensor, nn

from estimators import Estimate, Estimator, Latent, NotApplicable
from tasks.batches import Batch


class Task(nn.Module, ABC):
    """A model with discrete latents and its training loss.

    Attributes:
        latents: its stochastic layers, starting at the input.
        context_sizes: for each layer, the size of its ``context``, the layer's input; None where it has none.
    """

    version: ClassVar[int] = 1
    """Incremented when a change of the code changes the results."""
    together: int = 1
    """Number of rows of a batch on which the loss of each of them depends; evaluation draws such groups at random."""
    latents: Sequence[Latent]
    context_sizes: Sequence[int | None]

    def loss(self, batch: Batch, estimators: Sequence[Estimator]) -> Estimate:
        """The training objective, with one estimator per stochastic layer: per example ``[B]``, nats.

        Raises:
            NotApplicable: the task does not have this objective.
            ValueError: the estimators minimise different objectives.
        """
        objectives = {estimator.objective for estimator in estimators}
        if len(objectives) != 1:
            raise ValueError(f"the estimators of all layers must have one objective, not {sorted(objectives)}")
        if "multi_sample_bound" in objectives:
            return self.multi_sample_loss(batch, estimators[0])
        return self.expected_loss(batch, estimators)

    @abstractmethod
    def expected_loss(self, batch: Batch, estimators: Sequence[Estimator]) -> Estimate:
        """The expectation of the loss over the codes, such as the negative ELBO: per example ``[B]``, nats."""

    def multi_sample_loss(self, batch: Batch, estimator: Estimator) -> Estimate:
        """Negative m-sample bound per example ``[B]``, nats, with one estimator for all layers together.

        Its cost is -log p(x, z), without a KL: the bound weights samples by p(x, z) / q(z|x). Tasks that have this
        objective override the method.
        """
        raise NotApplicable(f"{type(self).__name__} has no m-sample bound, the objective of {type(estimator).__name__}")

    @abstractmethod
    def log_weights(self, batch: Batch, samples: int) -> Tensor:
        """log p(x, z) - log q(z | x) at discrete samples of z: ``[samples, B]``, nats.

        Their mean is the ELBO, their logmeanexp over samples the ``samples``-sample bound.
        """

    def scores(self, batch: Batch) -> dict[str, Tensor]:
        """Further scores per example by name, ``[B]`` each, higher is better; reported as means, with the bounds."""
        return {}

    def code_probabilities(self, batch: Batch) -> Tensor | None:
        """Probability of each class of a code for each example, ``[B, n, k]``; None where it has no meaning.

        The score is the perplexity of the mean over the examples: the number of classes in use.
        """
        return None

    def gallery(self, batch: Batch, n: int) -> dict[str, Tensor]:
        """Strips of ``n`` images that show what the model has learned, ``[n, pixels]`` in [0, 1], by name.

        ``batch`` has at least ``n`` held-out examples.
        """
        return {}
