"""Semi-supervised classification with a deep generative model."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor

from estimators import Deeper, Distribution, Estimate, Estimator, Latent
from tasks.batches import Batch
from tasks.class_networks import ClassNetworks, DenseNetworks
from tasks.reconstruction import BERNOULLI, Reconstruction
from tasks.task import Task


class SemiSupervised(Task):
    """The model M2: a class y and a style z behind every image, p(y) uniform, p(z) = N(0, I), p(x|y, z) Bernoulli.

    With -L(x, y) = E_{q(z|x,y)}[log p(x|y, z)] - KL(q(z|x, y) || p(z)) + log p(y), z drawn by reparameterisation,

    loss = E_{q(y|x)}[L(x, y)] - H(q(y|x))                       for an image without label,
    loss = labelled_weight L(x, y) - alpha log q(y|x)            for one with label y.

    The expectation over q(y|x) is left to the estimator: ``estimator=enumeration`` marginalises the class, others
    sample it. Kingma, Rezende, Mohamed & Welling 2014, *Semi-supervised learning with deep generative models*, sections
    2 and 3; Jang, Gu & Poole 2017, sections 3.3 and 4.3.

    In a batch, ``y`` has the labels of the first rows; the other rows have none.

    Args:
        latent: the class, one categorical variable.
        pixel_mean: training mean of the pixels, ``[pixels]`` in [0, 1].
        alpha: weight of the labels' cross-entropy.
        labelled_weight: weight of L for an image with a label, relative to one without. All labelled images are in
            every batch, so with 1 the model would fit these few far more often than the others.
        codes: size of z.
        networks: builds the three networks from the numbers of classes, codes and pixels.
        reconstruction: the reconstruction cost, in place of -log p(x|y, z).
    """

    def __init__(
        self,
        latent: Latent,
        pixel_mean: Tensor,
        alpha: float,
        labelled_weight: float = 0.01,
        codes: int = 50,
        networks: Callable[..., ClassNetworks] = DenseNetworks,
        reconstruction: Reconstruction = BERNOULLI,
    ) -> None:
        super().__init__()
        if latent.family != "categorical" or latent.n != 1:
            raise ValueError(f"latent={latent}: the class is one categorical variable, family=categorical and n=1")
        for name, weight in {"alpha": alpha, "labelled_weight": labelled_weight}.items():
            if not 0 <= weight < math.inf:
                raise ValueError(f"{name}={weight}: it must be a number of at least 0")
        if codes < 1:
            raise ValueError(f"codes={codes}: at least 1 is needed")
        self.latent = latent
        self.latents = (latent,)
        self.context_sizes = (len(pixel_mean),)
        self.alpha = alpha
        self.labelled_weight = labelled_weight
        self.codes = codes
        self.reconstruction = reconstruction
        self.networks = networks(latent.k, codes, len(pixel_mean))
        self.networks.start_output(reconstruction.start(pixel_mean))
        self.register_buffer("pixel_mean", pixel_mean)
        self.register_buffer("prior_logits", torch.zeros(latent.size))

    pixel_mean: Tensor
    prior_logits: Tensor

    @property
    def prior(self) -> Distribution:
        """p(y), uniform."""
        return self.latent(self.prior_logits)

    def classifier(self, x: Tensor) -> Distribution:
        """q(y|x) for images ``[B, pixels]``."""
        return self.latent(self.networks.classify(x - self.pixel_mean))

    def energy(self, x: Tensor, y: Tensor, deeper: Deeper = "sample", features: Tensor | None = None) -> Tensor:
        """L(x, y) + log p(y) at one draw of z, or at its mean for a mean-field pass: nats, ``[..., B]``.

        Args:
            x: images ``[B, pixels]``.
            y: classes ``[..., B, 1, k]``, one-hot or relaxed.
            deeper: how z is evaluated.
            features: features of the images, if already computed.
        """
        y = self.latent.flatten(y)
        mean, log_scale = self.networks.infer(self.features(x) if features is None else features, y)
        z = mean if deeper == "mean" else mean + log_scale.exp() * torch.randn_like(mean)
        kl = (0.5 * (mean.square() + (2 * log_scale).exp() - 1) - log_scale).sum(-1)
        return self.reconstruction.cost(self.networks.generate(y, z), x) + kl

    def features(self, x: Tensor) -> Tensor:
        """The features of images ``[B, pixels]`` on which q(z|x, y) depends."""
        return self.networks.features(x - self.pixel_mean)

    def expected_loss(self, batch: Batch, estimators: Sequence[Estimator]) -> Estimate:
        return self._loss(batch, partial(self.loss_without_labels, estimator=estimators[0]))

    def multi_sample_loss(self, batch: Batch, estimator: Estimator) -> Estimate:
        return self._loss(batch, partial(self.bound_without_labels, estimator=estimator))

    def _loss(self, batch: Batch, without_labels: Callable[[Tensor], Estimate]) -> Estimate:
        """The loss ``[B]``; ``without_labels`` computes it for the images without labels."""
        labels = torch.empty(0, dtype=torch.long) if batch.y is None else batch.y
        if len(labels) == 0:
            return without_labels(batch.x)
        known = self.loss_with_labels(batch.x[: len(labels)], labels)
        if len(labels) == len(batch.x):
            return Estimate.of(known)
        others = without_labels(batch.x[len(labels) :])
        surrogate, value = torch.cat([known, others.surrogate]), torch.cat([known.detach(), others.value])
        return Estimate(surrogate, value, others.auxiliary)

    def loss_with_labels(self, x: Tensor, labels: Tensor) -> Tensor:
        """labelled_weight L(x, y) - alpha log q(y|x), ``[B]``, for labels ``[B]``."""
        y = x.new_zeros(len(labels), 1, self.latent.k).scatter(-1, labels[:, None, None], 1.0)
        bound = self.energy(x, y) - self.prior.log_prob(y)
        return self.labelled_weight * bound - self.alpha * self.classifier(x).log_prob(y)

    def loss_without_labels(self, x: Tensor, estimator: Estimator) -> Estimate:
        """E_{q(y|x)}[L(x, y)] - H(q(y|x)), ``[B]``."""
        context = x - self.pixel_mean
        q = self.latent(self.networks.classify(context))
        features = self.networks.features(context)

        def cost(y: Tensor, deeper: Deeper = "sample") -> Tensor:
            return self.energy(x, y, deeper, features)

        return estimator(q, cost, context).plus_kl(q, self.prior)

    def bound_without_labels(self, x: Tensor, estimator: Estimator) -> Estimate:
        """The negative m-sample bound with both y and z sampled, ``[B]``."""
        features = self.features(x)

        def negative_log_joint(y: Tensor, deeper: Deeper = "sample") -> Tensor:
            return self.sampled_energy(x, y, features) - self.prior.log_prob(y)

        return estimator(self.classifier(x), negative_log_joint, x - self.pixel_mean)

    def sampled_energy(self, x: Tensor, y: Tensor, features: Tensor) -> Tensor:
        """-log p(x|y, z) - log p(z) + log q(z|x, y) at one draw of z: the energy with a sampled KL."""
        y = self.latent.flatten(y)
        mean, log_scale = self.networks.infer(features, y)
        noise = torch.randn_like(mean)
        z = mean + log_scale.exp() * noise
        log_ratio = (0.5 * (noise.square() - z.square()) + log_scale).sum(-1)
        return self.reconstruction.cost(self.networks.generate(y, z), x) - log_ratio

    def log_weights(self, batch: Batch, samples: int) -> Tensor:
        """For images without labels: both the class and z are sampled."""
        q = self.classifier(batch.x)
        y = q.sample(samples)
        return self.prior.log_prob(y) - q.log_prob(y) - self.sampled_energy(batch.x, y, self.features(batch.x))

    def scores(self, batch: Batch) -> dict[str, Tensor]:
        """``accuracy``: whether the most likely class is the label."""
        if batch.y is None:
            return {}
        return {"accuracy": (self.networks.classify(batch.x - self.pixel_mean).argmax(-1) == batch.y).float()}

    def gallery(self, batch: Batch, n: int) -> dict[str, Tensor]:
        """Images of one style after another, each in the first classes."""
        classes = min(self.latent.k, n)
        z = torch.randn(-(-n // classes), 1, self.codes, device=batch.x.device).expand(-1, classes, -1)
        y = torch.eye(self.latent.k, device=batch.x.device)[:classes].expand(len(z), -1, -1)
        return {"classes": self.reconstruction.image(self.networks.generate(y, z)).flatten(0, 1)[:n]}
