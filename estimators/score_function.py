"""Score-function estimators: the gradient of the sampling distribution, weighted by the cost.

With s(z) = d log q(z) / d logits = z - mean, each estimates the gradient as E[(f(z) - baseline) s(z)].
"""

from __future__ import annotations

from typing import Literal, get_args

from torch import Tensor

from estimators.arguments import one_of
from estimators.baselines import Baseline
from estimators.distributions import Distribution
from estimators.estimator import Cost, CostKind, Estimate, Estimator, MultiSampleEstimator
from estimators.latents import Latent


class Reinforce(Estimator):
    """REINFORCE, one sample and no baseline.

    g = f(z) s(z), with z ~ q.

    Williams 1992, *Simple statistical gradient-following algorithms for connectionist reinforcement learning*, section
    4. Unbiased, with a variance that grows with f(z)^2: the starting point that all others improve on. 1 evaluation of
    the cost.
    """

    unbiased = True
    hard_codes = True
    label = "REINFORCE"
    citation = "Williams 1992"

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        return self.at(q.sample(), q, cost)

    def at(self, z: Tensor, q: Distribution, cost: Cost) -> Estimate:
        """The estimate for the code ``z``."""
        at_z = Estimate.of(cost(z))
        return at_z.with_gradient(q.log_prob(z) * self.signal(at_z.value))

    def signal(self, value: Tensor) -> Tensor:
        """The weight of the score, a constant ``[*batch]``."""
        return value


class ReinforceEMA(Reinforce):
    """REINFORCE with a running mean of the cost as its baseline.

    g = (f(z) - c) s(z),  with c the exponential moving average of the batches' mean costs, from past batches only.

    Williams 1992, section 4, where the baseline is any number that does not depend on z; this one is the usual choice
    in reinforcement learning and the ``decaying_avg_baseline`` of Pyro. Unbiased. It removes the part of the cost that
    all examples share, but not differences between examples. 1 evaluation of the cost.

    Args:
        decay: decay of the moving average; 0.9 in Pyro.
    """

    label = "REINFORCE-EMA"

    def __init__(self, latent: Latent, context_size: int | None = None, decay: float = 0.9) -> None:
        super().__init__(latent, context_size)
        self.baseline = Baseline(None, None, decay)

    def signal(self, value: Tensor) -> Tensor:
        centred, _ = self.baseline(value, None)
        return centred


Normalisation = Literal["none", "group", "batch"]

LEAST_DEVIATION = 1e-4
"""Lower bound of the standard deviation of costs, nats."""


class RLOO(MultiSampleEstimator):
    """REINFORCE with a leave-one-out baseline: each of S samples is compared with the mean of the others.

    g = 1 / (S - 1) sum_s (f(z_s) - mean_r f(z_r)) s(z_s).

    Kool, van Hoof & Welling 2019, *Buy 4 REINFORCE samples, get a baseline for free!*; the mean of the other samples is
    one of the baselines of Mnih & Rezende 2016. The gradient of Var_s f / 2 with log q inside f is the same (VarGrad,
    Richter, Boustati, Nüsken, Ruiz & Akyildiz 2020). Unbiased; 0 for constant costs. S evaluations of the cost.

    GRPO divides the signal by the standard deviation d of the example's S costs (Shao et al. 2024, *DeepSeekMath*,
    section 4.1), ``normalise="group"``: each example then has weight 1 / d, and d depends on the samples, so the
    direction of the gradient is biased. With the standard deviation of all costs of the batch, ``normalise="batch"``,
    this bias tends to 0 as the batch grows. The estimate's scale, by which a closed-form KL is scaled too, is the
    inverse of the mean of d over the batch.

    Args:
        samples: S, at least 2.
        normalise: the standard deviation that divides the gradient of the logits: "none", "group" (the costs of one
            example) or "batch" (all costs).
    """

    hard_codes = True
    citation = "Mnih & Rezende 2016; Kool, van Hoof & Welling 2019"
    unbiased = True

    def __init__(
        self,
        latent: Latent,
        context_size: int | None = None,
        samples: int = 2,
        normalise: Normalisation = "none",
    ) -> None:
        super().__init__(latent, context_size, samples)
        one_of(get_args(Normalisation), normalise=normalise)
        self.normalise = normalise
        self.unbiased = normalise == "none"

    @property
    def noiseless_for(self) -> CostKind:
        return "constant"

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        z = q.sample(self.samples)
        at_z = Estimate.of(cost(z))
        signal, scale = leave_one_out(at_z.value), None
        if self.normalise != "none":
            deviation = at_z.value.std(0) if self.normalise == "group" else at_z.value.std()
            signal = signal / deviation.clamp(min=LEAST_DEVIATION)
            scale = deviation.mean().clamp(min=LEAST_DEVIATION).reciprocal()
        return at_z.with_gradient(q.log_prob(z) * signal, scale=scale).mean()


def leave_one_out(values: Tensor) -> Tensor:
    """Each of the values ``[S, ...]`` minus the mean of the others."""
    samples = len(values)
    return (values - values.mean(0)) * (samples / (samples - 1))


class NVIL(Estimator):
    """Neural variational inference and learning: REINFORCE with a centred, predicted and normalised signal.

    g = l / max(1, sqrt(v)) s(z),  l = f(z) - C_psi(x) - c,

    where C_psi is a network that predicts the cost from the layer's input x, c and v are the running mean and variance
    of f - C_psi over past batches, and psi minimises (f - c - C_psi)^2.

    Mnih & Gregor 2014, *Neural variational inference and learning in belief networks*, section 2.3 and algorithm 1; the
    SF of Jang, Gu & Poole 2017. The algorithm adds the batch to c and v before it uses them, which is a small bias.
    Here the estimate is unbiased up to the positive scale 1 / max(1, sqrt(v)), which applies to the layer's own
    distribution only: the gradient of the parameters inside the cost is not scaled. The scale is part of the estimate,
    so that a closed-form KL can be scaled by it too; otherwise its weight would be sqrt(v) times too large. 1
    evaluation of the cost.

    Args:
        hidden: units of the hidden layer of C_psi.
        decay: decay of the running moments; 0.8 in the paper.
    """

    unbiased = True
    hard_codes = True
    citation = "Mnih & Gregor 2014"

    def __init__(self, latent: Latent, context_size: int | None = None, hidden: int = 100, decay: float = 0.8) -> None:
        super().__init__(latent, context_size)
        self.baseline = Baseline(context_size, hidden, decay)

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        z = q.sample()
        at_z = Estimate.of(cost(z))
        scale = self.baseline.moments.variance.rsqrt().clamp(max=1)  # before the baseline adds this batch
        signal, own = self.baseline(at_z.value, context)
        return at_z.with_gradient(q.log_prob(z) * signal * scale, own, scale)
