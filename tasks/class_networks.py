"""The networks of a model with a class y and a Gaussian code z: q(y|x), q(z|x, y) and p(x|y, z)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from tasks.networks import activation_named, mlp, set_output_bias


class ClassNetworks(nn.Module, ABC):
    """The three networks. The class enters each as a term in a hidden layer, so everything that depends on the image
    alone is computed once for all the classes at which a cost is evaluated.

    Shapes: x ``[B, pixels]``, y ``[..., B, classes]`` one-hot or relaxed, z ``[..., B, codes]``.
    """

    @abstractmethod
    def classify(self, x: Tensor) -> Tensor:
        """Logits of q(y|x): ``[B, classes]``."""

    @abstractmethod
    def features(self, x: Tensor) -> Tensor:
        """The features of the image on which q(z|x, y) depends: ``[B, units]``."""

    @abstractmethod
    def infer(self, features: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-scale of q(z|x, y): ``[..., B, codes]`` each."""

    @abstractmethod
    def generate(self, y: Tensor, z: Tensor) -> Tensor:
        """Outputs for the pixels of p(x|y, z): ``[..., B, pixels]``."""

    @abstractmethod
    def start_output(self, bias: Tensor) -> None:
        """Sets the initial output bias of :meth:`generate` to ``bias``, ``[pixels]``."""


class DenseNetworks(ClassNetworks):
    """Dense layers; one hidden layer of 500 softplus units each in Kingma et al. 2014, section 4.

    Args:
        classes, codes, pixels: sizes of y, z and x.
        hidden: units of the hidden layers of each network, at least one layer.
        activation: see ``tasks.networks.ACTIVATIONS``.
    """

    def __init__(
        self, classes: int, codes: int, pixels: int, hidden: Sequence[int] = (500,), activation: str = "softplus"
    ) -> None:
        super().__init__()
        if not hidden:
            raise ValueError("hidden=[]: at least one hidden layer is needed, because the class enters there")
        first = hidden[0]
        self.activation = activation_named(activation)
        self.classifier = mlp([pixels, *hidden, classes], activation)
        self.picture_to_features = mlp([pixels, first])
        self.class_to_features = mlp([classes, first])
        self.features_to_code = mlp([*hidden, 2 * codes], activation)
        self.code_to_hidden = mlp([codes, first])
        self.class_to_hidden = mlp([classes, first])
        self.hidden_to_picture = mlp([*hidden, pixels], activation)

    def classify(self, x: Tensor) -> Tensor:
        return self.classifier(x)

    def features(self, x: Tensor) -> Tensor:
        return self.picture_to_features(x)

    def infer(self, features: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        hidden = self.activation(features + self.class_to_features(y))
        mean, log_scale = self.features_to_code(hidden).chunk(2, dim=-1)
        return mean, log_scale

    def generate(self, y: Tensor, z: Tensor) -> Tensor:
        return self.hidden_to_picture(self.activation(self.code_to_hidden(z) + self.class_to_hidden(y)))

    def start_output(self, bias: Tensor) -> None:
        set_output_bias(self.hidden_to_picture, bias)


class ConvolutionalNetworks(ClassNetworks):
    """Convolutions for 28 x 28 images, in the manner of Jang, Gu & Poole 2017, appendix A.

    Two 5 x 5 convolutions of stride 2 with 32 and 64 channels, then a dense layer; the generative network has two 4 x 4
    transposed convolutions.

    Args:
        classes, codes, pixels: sizes of y, z and x.
        hidden: units of the dense layers.
    """

    def __init__(self, classes: int, codes: int, pixels: int, hidden: int = 256) -> None:
        super().__init__()
        if pixels != 28 * 28:
            raise ValueError(f"networks: convolutional networks need images of 784 pixels, not {pixels}")
        self.classifier = nn.Sequential(*_convolutions(), nn.Linear(64 * 49, hidden), nn.ReLU(), mlp([hidden, classes]))
        self.picture_to_features = nn.Sequential(*_convolutions(), nn.Linear(64 * 49, hidden))
        self.class_to_features = mlp([classes, hidden])
        self.features_to_code = mlp([hidden, 2 * codes])
        self.code_to_hidden = mlp([codes, hidden])
        self.class_to_hidden = mlp([classes, hidden])
        self.hidden_to_picture = nn.Sequential(
            nn.Linear(hidden, 64 * 49),
            nn.ReLU(),
            nn.Unflatten(-1, (64, 7, 7)),
            nn.ConvTranspose2d(64, 32, kernel_size=4, stride=2, padding=1),
            nn.ReLU(),
            nn.ConvTranspose2d(32, 1, kernel_size=4, stride=2, padding=1),
            nn.Flatten(),
        )
        self.output_bias = nn.Parameter(torch.zeros(pixels))

    def classify(self, x: Tensor) -> Tensor:
        return self.classifier(x)

    def features(self, x: Tensor) -> Tensor:
        return self.picture_to_features(x)

    def infer(self, features: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        mean, log_scale = self.features_to_code(torch.relu(features + self.class_to_features(y))).chunk(2, dim=-1)
        return mean, log_scale

    def generate(self, y: Tensor, z: Tensor) -> Tensor:
        hidden = torch.relu(self.code_to_hidden(z) + self.class_to_hidden(y))
        images = self.hidden_to_picture(hidden.flatten(0, -2))
        return images.unflatten(0, hidden.shape[:-1]) + self.output_bias

    def start_output(self, bias: Tensor) -> None:
        with torch.no_grad():
            self.output_bias.copy_(bias)


def _convolutions() -> list[nn.Module]:
    """From flat images to 64 x 7 x 7 flattened features."""
    return [
        nn.Unflatten(-1, (1, 28, 28)),
        nn.Conv2d(1, 32, kernel_size=5, stride=2, padding=2),
        nn.ReLU(),
        nn.Conv2d(32, 64, kernel_size=5, stride=2, padding=2),
        nn.ReLU(),
        nn.Flatten(),
    ]
