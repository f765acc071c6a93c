"""Gradient estimators of discrete latent variables, behind one interface."""

from estimators.build import build
from estimators.estimator import Cost, Deeper, Estimate, Estimator, NotApplicable
from estimators.latents import Bernoulli, Categorical, Distribution, Latent

__all__ = [
    "Bernoulli",
    "Categorical",
    "Cost",
    "Deeper",
    "Distribution",
    "Estimate",
    "Estimator",
    "Latent",
    "NotApplicable",
    "build",
]
