"""The cost of an observation under the output of a decoder: the configuration ``task.reconstruction``."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

import torch
from torch import Tensor
from torch.nn import functional as F

from tasks.likelihoods import bernoulli_negative_log_likelihood, bernoulli_negative_log_likelihood_in_place


class Reconstruction(ABC):
    """Compares a decoder's output with an observation, ``[..., pixels]`` each."""

    @abstractmethod
    def cost(self, output: Tensor, x: Tensor) -> Tensor:
        """The cost ``[...]``, lower is better; the arguments broadcast. In nats for a likelihood."""

    def cost_in_place(self, output: Tensor, x: Tensor) -> Tensor:
        """The cost for evaluation: without gradient, and it may overwrite ``output``, which must not be used again."""
        return self.cost(output, x)

    @abstractmethod
    def image(self, output: Tensor) -> Tensor:
        """The image that the output represents, in [0, 1]."""

    @abstractmethod
    def start(self, mean: Tensor) -> Tensor:
        """The output that represents the mean image, used as the initial output bias of a decoder."""


class BernoulliLikelihood(Reconstruction):
    """-log p(x) for independent Bernoulli pixels, whose logits are the output.

    sum_d log(1 + e^{o_d}) - o_d x_d, for x in [0, 1]; a likelihood for binarised images only.
    """

    def cost(self, output: Tensor, x: Tensor) -> Tensor:
        return bernoulli_negative_log_likelihood(output, x)

    def cost_in_place(self, output: Tensor, x: Tensor) -> Tensor:
        return bernoulli_negative_log_likelihood_in_place(output, x)

    def image(self, output: Tensor) -> Tensor:
        return torch.sigmoid(output)

    def start(self, mean: Tensor) -> Tensor:
        return torch.logit(mean.clamp(1e-3, 1 - 1e-3))


class GaussianLikelihood(Reconstruction):
    """-log p(x) for independent Gaussian pixels, whose means are the output.

    |x - o|^2 / (2 s^2) + d log(s sqrt(2 pi)), with d the number of pixels; a density, so the cost may be negative. For
    grey levels.

    Args:
        scale: s, the standard deviation of a pixel, > 0.
    """

    def __init__(self, scale: float = 0.2) -> None:
        if not 0 < scale < math.inf:
            raise ValueError(f"scale={scale}: it must be a positive number")
        self.scale = scale

    def cost(self, output: Tensor, x: Tensor) -> Tensor:
        constant = x.shape[-1] * (math.log(self.scale) + 0.5 * math.log(2 * math.pi))
        return (x - output).square().sum(-1) / (2 * self.scale**2) + constant

    def image(self, output: Tensor) -> Tensor:
        return output.clamp(0, 1)

    def start(self, mean: Tensor) -> Tensor:
        return mean


class CosineDistance(Reconstruction):
    """Cosine distance of output and observation: weight (1 - cos(o, x)).

    This is not a likelihood: exp(-cost) is not normalised over x. Scores of a task with it are a regularised distance,
    in units of the weight, and not a bound on log p(x).

    Args:
        weight: weight of the distance relative to one nat of the KL, > 0.
    """

    def __init__(self, weight: float = 100.0) -> None:
        if not 0 < weight < math.inf:
            raise ValueError(f"weight={weight}: it must be a positive number")
        self.weight = weight

    def cost(self, output: Tensor, x: Tensor) -> Tensor:
        return self.weight * (1 - F.cosine_similarity(output, x, dim=-1))

    def image(self, output: Tensor) -> Tensor:
        brightest = output.amax(-1, keepdim=True).clamp(min=torch.finfo(output.dtype).tiny)
        return (output / brightest).clamp(0, 1)

    def start(self, mean: Tensor) -> Tensor:
        return mean


BERNOULLI = BernoulliLikelihood()
