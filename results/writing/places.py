"""Labels of tasks and data sets for articles; elsewhere they have their names."""

from __future__ import annotations

PLACES = {
    "vae_bernoulli": "Bern. VAE",
    "vae_categorical": "Cat. VAE",
    "vae_bernoulli_small": "Small Bern. VAE",
    "vae_categorical_small": "Small cat. VAE",
    "sbn_bernoulli": "Bern. SBN",
    "sbn_categorical": "Cat. SBN",
    "semi_supervised": "Semi-supervised",
    "mnist-fixed": "MNIST, fixed",
    "mnist-dynamic": "MNIST, dynamic",
    "mnist5k-dynamic": "5,000 MNIST digits",
    "mnist_few_labels-dynamic": "MNIST, few labels",
    "fashion_mnist-dynamic": "Fashion-MNIST",
}
"""Labels short enough for four tasks next to each other."""


def in_article(name: str) -> str:
    """The label of a task or a data set; by default its name."""
    return PLACES.get(name, name)
