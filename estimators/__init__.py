"""Gradient estimators of discrete latent variables, behind one interface.

The formulas in the docstrings are for one example, in this notation. z is a code of n variables of k classes, p = E z
has the probability of each of its elements, and s(z) = d log q(z) / d logits = z - p is the score. f(z) is the cost,
nats, and f'(z) its gradient with respect to the code. D_p[v] = p (v - <p, v>) per variable, p (1 - p) v for a bit, is
the gradient of <p, v> with respect to the logits, v being constant. S is the number of codes drawn and tau a
temperature. g is the estimate of the gradient of E_q[f] with respect to the logits; ``grad`` too is with respect to
them.
"""

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
