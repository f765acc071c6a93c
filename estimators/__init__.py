"""Gradient estimators of discrete latent variables, behind one interface."""

from estimators.antithetic import ARM, ARMS, ARSM, DisARM, StickBreakingDisARM
from estimators.bernoulli import Bernoulli
from estimators.catalogue import build, find, make
from estimators.categorical import Categorical
from estimators.categorical_arms import CARMS
from estimators.control_variates import MuProp
from estimators.deterministic import ArgmaxStraightThrough, MeanField
from estimators.diffusion import ReDGE
from estimators.distributions import Distribution
from estimators.estimator import Cost, Deeper, Estimate, Estimator, MultiSampleEstimator, NotApplicable
from estimators.exact import Enumeration, LocalExpectation
from estimators.from_torch import from_torch
from estimators.latents import Latent
from estimators.local_change import UGC, BitFlip, ResampleOne
from estimators.minimal_variance import MinimalVariance
from estimators.multi_sample import VIMCO
from estimators.rebar import REBAR, RELAX
from estimators.relaxation import GumbelSoftmax, HardConcrete, SpikeAndExponential
from estimators.score_function import NVIL, RLOO, Reinforce, ReinforceEMA
from estimators.stein import RODEO, DoubleCV
from estimators.straight_through import Darn, ReinMax, SlopeAnnealedStraightThrough, StraightThrough
from estimators.straight_through_gumbel import (
    DecoupledStraightThroughGumbelSoftmax,
    GappedStraightThrough,
    GumbelRao,
    StraightThroughGumbelSoftmax,
)
from estimators.substitution import Substitution, sample
from estimators.sum_and_sample import SumAndSample
from estimators.unordered_set import UnorderedSet
from estimators.weighted_likelihood import DAPS, ReweightedWakeSleep

__all__ = [
    "ARM",
    "ARMS",
    "ARSM",
    "CARMS",
    "DAPS",
    "NVIL",
    "REBAR",
    "RELAX",
    "RLOO",
    "RODEO",
    "UGC",
    "VIMCO",
    "ArgmaxStraightThrough",
    "Bernoulli",
    "BitFlip",
    "Categorical",
    "Cost",
    "Darn",
    "DecoupledStraightThroughGumbelSoftmax",
    "Deeper",
    "DisARM",
    "Distribution",
    "DoubleCV",
    "Enumeration",
    "Estimate",
    "Estimator",
    "GappedStraightThrough",
    "GumbelRao",
    "GumbelSoftmax",
    "HardConcrete",
    "Latent",
    "LocalExpectation",
    "MeanField",
    "MinimalVariance",
    "MuProp",
    "MultiSampleEstimator",
    "NotApplicable",
    "ReDGE",
    "ReinMax",
    "Reinforce",
    "ReinforceEMA",
    "ResampleOne",
    "ReweightedWakeSleep",
    "SlopeAnnealedStraightThrough",
    "SpikeAndExponential",
    "StickBreakingDisARM",
    "StraightThrough",
    "StraightThroughGumbelSoftmax",
    "Substitution",
    "SumAndSample",
    "UnorderedSet",
    "build",
    "find",
    "from_torch",
    "make",
    "sample",
]
