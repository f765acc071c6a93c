"""What the stochastic layers of a model can be."""

from __future__ import annotations

import math
from typing import Literal

from torch import Tensor

from estimators.bernoulli import Bernoulli
from estimators.categorical import Categorical
from estimators.distributions import Distribution

Family = Literal["bernoulli", "categorical"]

FAMILIES: dict[Family, type[Distribution]] = {"bernoulli": Bernoulli, "categorical": Categorical}


class Latent:
    """What a stochastic layer is: ``n`` variables of ``k`` classes, of one family.

    A latent is called with the flat output of a network, ``[*batch, size]``, and makes the distribution.
    It is no dataclass, because Hydra would turn one into a configuration node on its way to a constructor.
    """

    __slots__ = ("family", "k", "n")

    def __init__(self, family: Family, n: int, k: int | None = None) -> None:
        if family not in FAMILIES:
            raise ValueError(f"family={family!r}: choose one of {', '.join(FAMILIES)}")
        if n < 1:
            raise ValueError(f"n={n}: a layer needs at least 1 variable")
        if family == "bernoulli" and k not in (None, 2):
            raise ValueError(f"k={k}: a Bernoulli variable has k=2 classes")
        if family == "categorical" and k is None:
            raise ValueError("k=None: a categorical layer needs the number of its classes, such as k=10")
        k = 2 if k is None else k
        if k < 2:
            raise ValueError(f"k={k}: a categorical variable needs at least 2 classes")
        self.family: Family = family
        self.n = n
        self.k = k

    def __repr__(self) -> str:
        return f"Latent({self.family!r}, n={self.n}, k={self.k})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Latent) and (self.family, self.n, self.k) == (other.family, other.n, other.k)

    def __hash__(self) -> int:
        return hash((self.family, self.n, self.k))

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the logits and of a code for one example: ``(n,)`` or ``(n, k)``."""
        return (self.n,) if self.family == "bernoulli" else (self.n, self.k)

    @property
    def size(self) -> int:
        """Numbers in the logits, and in a code, of one example."""
        return math.prod(self.shape)

    @property
    def configurations(self) -> int:
        """Size of the support, ``k ** n``."""
        return self.k**self.n

    def __call__(self, flat: Tensor) -> Distribution:
        """Distribution with the logits ``flat``: ``[*batch, size]``."""
        return FAMILIES[self.family](logits=flat.reshape(*flat.shape[:-1], *self.shape))

    def flatten(self, z: Tensor) -> Tensor:
        """The code ``z`` as input of a network: ``[..., size]``."""
        return z if self.family == "bernoulli" else z.flatten(-2)
