"""What methods, tasks and data sets are called in an article; elsewhere they have their names."""

from __future__ import annotations

METHODS = {
    "arm": "ARM",
    "arms": "ARMS",
    "arsm": "ARSM",
    "darn": "DARN",
    "decoupled_st_gumbel_softmax": "Decoupled ST Gumbel",
    "disarm": "DisARM",
    "disarm_sb": "DisARM-SB",
    "double_cv": "Double CV",
    "enumeration": "Enumeration",
    "gapped_straight_through": "Gapped ST",
    "gumbel_rao": "Gumbel-Rao",
    "gumbel_softmax": "Gumbel-Softmax",
    "local_expectation": "Local expectation",
    "muprop": "MuProp",
    "nvil": "NVIL",
    "rebar": "REBAR",
    "reinforce": "REINFORCE",
    "reinmax": "ReinMax",
    "relax": "RELAX",
    "rloo": "RLOO",
    "rodeo": "RODEO",
    "slope_annealed_straight_through": "Slope-annealed ST",
    "spike_and_exponential": "Spike and exponential",
    "st_gumbel_softmax": "ST Gumbel-Softmax",
    "straight_through": "Straight-through",
    "unordered_set": "Unordered set",
    "vimco": "VIMCO",
}

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
    """The label of a method, of a task or of a data set; a name that is not known is its own."""
    head, comma, rest = name.partition(", ")
    return METHODS.get(head, PLACES.get(head, head)) + comma + rest
