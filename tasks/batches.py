"""PLACEHOLDER, to be replaced by the data helper."""
from __future__ import annotations
from typing import NamedTuple
import torch
from torch import Tensor
class Batch(NamedTuple):
    x: Tensor
    y: Tensor | None
def binarise(images, binarisation, generator):
    if binarisation in ("fixed", "threshold"):
        return (images > 127).float()
    p = images.float() / 255
    return p if binarisation == "none" else torch.bernoulli(p, generator=generator)
class TrainingBatches:
    def __init__(self, split, binarisation, batch_size, seed, dtype=torch.float32):
        if not 1 <= batch_size <= len(split):
            raise ValueError(f"runner.batch_size={batch_size}: between 1 and {len(split)}")
        self.split, self.b, self.n, self.seed = split, binarisation, batch_size, seed
        self.epoch, self.pos = 0, 0
        self.g = torch.Generator().manual_seed(seed)
        self._perm()
    def _perm(self):
        self.perm = torch.randperm(len(self.split), generator=torch.Generator().manual_seed(self.seed ^ (self.epoch + 1)))
    def __iter__(self): return self
    def __next__(self):
        if self.pos + self.n > len(self.split):
            self.epoch += 1; self.pos = 0; self._perm()
        i = self.perm[self.pos:self.pos + self.n]; self.pos += self.n
        y = self.split.labels
        return Batch(binarise(self.split.images.index_select(0, i), self.b, self.g), None if y is None else y[i])
    def state_dict(self): return {"epoch": self.epoch, "pos": self.pos, "g": self.g.get_state()}
    def load_state_dict(self, s):
        self.epoch, self.pos = s["epoch"], s["pos"]; self.g.set_state(s["g"]); self._perm()
def evaluation_set(split, binarisation, dtype=torch.float32):
    return Batch(binarise(split.images, binarisation, torch.Generator().manual_seed(0)), split.labels)
