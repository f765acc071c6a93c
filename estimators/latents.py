"""Description of the stochastic layers of a model."""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from estimators.arguments import at_least, is_finite, one_of
from estimators.bernoulli import Bernoulli
from estimators.categorical import Categorical
from estimators.distributions import Distribution

Family = Literal["bernoulli", "categorical"]

FAMILIES: dict[Family, type[Distribution]] = {"bernoulli": Bernoulli, "categorical": Categorical}


class Latent:
    """A stochastic layer: ``n`` variables of ``k`` classes, of one family.

    Calling a latent with the flat output of a network, ``[*batch, size]``, returns the distribution. Every class has a
    probability of at least unimix / k, so that none dies out: p = (1 - unimix) softmax(output) + unimix / k. Hafner,
    Pasukonis, Ba & Lillicrap 2023, *Mastering diverse domains through world models* (DreamerV3), use unimix = 0.01.
    It is not a dataclass, because Hydra would convert one to a configuration node when it is passed to a constructor.
    """

    __slots__ = ("family", "k", "n", "unimix")

    def __init__(self, family: Family, n: int, k: int | None = None, unimix: float = 0.0) -> None:
        one_of([*FAMILIES], family=family)
        if family == "bernoulli" and k not in (None, 2):
            raise ValueError(f"k={k!r}: a Bernoulli variable has k=2 classes")
        if not (is_finite(unimix) and 0 <= unimix < 1):
            raise ValueError(f"unimix={unimix!r}: a number in [0, 1) is needed")
        self.family: Family = family
        self.n = at_least(1, n=n)
        self.k = 2 if family == "bernoulli" else at_least(2, k=k)
        self.unimix = unimix

    def __repr__(self) -> str:
        mixed = f", unimix={self.unimix}" if self.unimix else ""
        return f"Latent({self.family!r}, n={self.n}, k={self.k}{mixed})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Latent) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @property
    def _key(self) -> tuple[Family, int, int, float]:
        return self.family, self.n, self.k, self.unimix

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the logits and of a code for one example: ``(n,)`` or ``(n, k)``."""
        return (self.n,) if self.family == "bernoulli" else (self.n, self.k)

    @property
    def size(self) -> int:
        """Number of elements of the logits, and of a code, for one example."""
        return math.prod(self.shape)

    @property
    def configurations(self) -> int:
        """Size of the support, ``k ** n``."""
        return self.k**self.n

    def __call__(self, flat: Tensor) -> Distribution:
        """The distribution with logits ``flat``, ``[*batch, size]``."""
        logits = flat.reshape(*flat.shape[:-1], *self.shape)
        return FAMILIES[self.family](logits=self._mixed(logits) if self.unimix else logits)

    def _mixed(self, logits: Tensor) -> Tensor:
        """Logits of the mixture with the uniform distribution."""
        kept, share = math.log1p(-self.unimix), torch.tensor(math.log(self.unimix / self.k))
        share = share.to(logits)
        if self.family == "bernoulli":
            of_one, of_zero = (torch.logaddexp(F.logsigmoid(each) + kept, share) for each in (logits, -logits))
            return of_one - of_zero
        return torch.logaddexp(logits.log_softmax(-1) + kept, share)

    def flatten(self, z: Tensor) -> Tensor:
        """The code ``z`` as input to a network: ``[..., size]``."""
        return z if self.family == "bernoulli" else z.flatten(-2)
