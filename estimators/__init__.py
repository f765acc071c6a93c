"""Gradient estimators of discrete latent variables, behind one interface."""

from estimators.build import build
from estimators.distributions import Bernoulli, Categorical, Distribution
from estimators.estimator import Cost, Deeper, Estimate, Estimator, NotApplicable
from estimators.latents import Latent

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
