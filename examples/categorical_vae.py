"""A categorical VAE on MNIST: 20 variables of 10 classes, trained with any estimator of gumbel-bench.

    python examples/categorical_vae.py --estimator gumbel_softmax --output codes.png

Trains for a few minutes on one core, prints the ELBO on test digits, and plots random codes with their decoded digits.
"""

import argparse
import sys
from pathlib import Path

import torch
from matplotlib.figure import Figure
from torch import Tensor
from torch.nn import Linear, Module, ReLU, Sequential

from estimators import Estimator, Latent, NotApplicable, build
from estimators.catalogue import UnknownTarget, find
from tasks.batches import TrainingBatches, evaluation_set
from tasks.datasets import Dataset, mnist, mnist5k
from tasks.fetch import DataError

LATENT = Latent("categorical", n=20, k=10)
DATA = {"mnist": mnist, "mnist5k": mnist5k}
PRIOR = LATENT(torch.zeros(LATENT.size))  # uniform


class CategoricalVAE(Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder = Sequential(Linear(784, 512), ReLU(), Linear(512, 256), ReLU(), Linear(256, LATENT.size))
        self.decoder = Sequential(Linear(LATENT.size, 256), ReLU(), Linear(256, 512), ReLU(), Linear(512, 784))

    def pixels(self, z: Tensor) -> Tensor:
        """Logits of the pixels for codes ``[..., B, 20, 10]``, hard or relaxed."""
        return self.decoder(LATENT.flatten(z))

    def cost(self, x: Tensor, z: Tensor) -> Tensor:
        """-log p(x|z) of Bernoulli pixels, nats per image."""
        logits = self.pixels(z)
        return (torch.nn.functional.softplus(logits) - x * logits).sum(-1)


def train(model: CategoricalVAE, estimator: Estimator, dataset: Dataset, steps: int, seed: int) -> None:
    optimizer = torch.optim.Adam([*model.parameters(), *estimator.parameters()], lr=1e-3)
    batches = TrainingBatches(dataset, batch_size=100, seed=seed)
    test = evaluation_set(dataset.test, dataset.binarisation).x
    for step in range(1, steps + 1):
        x = next(batches).x
        q = LATENT(model.encoder(x))  # logits [B, 20, 10]
        estimator.set_step(step)  # for schedules, such as that of the temperature
        estimate = estimator(q, lambda z, deeper="sample", x=x: model.cost(x, z), context=x).plus_kl(q, PRIOR)
        loss = estimate.surrogate.mean()
        if estimate.auxiliary is not None:  # the estimator's own parameters, if it has any
            loss = loss + estimate.auxiliary
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 500 == 0 or step == steps:
            with torch.no_grad():
                q = LATENT(model.encoder(test))  # hard codes, whatever was relaxed in training
                elbo = -(model.cost(test, q.sample()) + q.kl(PRIOR)).mean()
            print(f"step {step}  test ELBO {elbo:.2f} nats", flush=True)


@torch.no_grad()
def draw_codes(model: CategoricalVAE, path: Path) -> None:
    """Random codes, 20 rows of 10 classes each, with the decoded digit to the right of each."""
    figure = Figure(figsize=(8, 3), layout="constrained")
    codes = PRIOR.sample(18)
    digits = torch.sigmoid(model.pixels(codes)).reshape(-1, 28, 28)
    panels = figure.subplots(3, 12, width_ratios=[1, 2] * 6, subplot_kw={"xticks": [], "yticks": []}).reshape(-1, 2)
    for pair, *images in zip(panels, codes, digits, strict=True):
        for axes, image in zip(pair, images, strict=True):
            axes.imshow(1 - image.numpy(), cmap="gray", vmin=0, vmax=1)
    figure.supxlabel(f"random codes, {LATENT.n} variables (rows) of {LATENT.k} classes, and their digits", fontsize=8)
    figure.savefig(path, dpi=150)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--estimator", default="gumbel_softmax", help="a name in conf/estimator, or module.Class")
    parser.add_argument("--data", default="mnist", choices=DATA)
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, default=Path("codes.png"))
    options = parser.parse_args()
    if options.steps < 1:
        parser.error(f"argument --steps: {options.steps} is less than 1")
    options.output.parent.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(options.seed)
    try:
        vae, estimator = CategoricalVAE(), build(find(options.estimator), latent=LATENT, context_size=784)
        if estimator.objective != "expected_cost":
            raise NotApplicable(f"{options.estimator} minimises another objective than the ELBO")
        train(vae, estimator, DATA[options.data]("dynamic"), options.steps, options.seed)
        draw_codes(vae, options.output)
    except (UnknownTarget, NotApplicable, DataError) as reason:
        sys.exit(f"error: {reason}")
