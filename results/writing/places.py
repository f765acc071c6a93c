"""What tasks and data sets are called in an article; elsewhere they have their names."""

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
"""Of tasks and data sets, short enough for four tasks beside each other."""


def in_article(name: str) -> str:
    """The label of a task or of a data set; a name that is not known is its own."""
    return PLACES.get(name, name)
