from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
import torch
from torch import Tensor

from estimators.softmax import FEW, log_softmax, softmax

PAIRS: dict[str, tuple[Callable[[Tensor], Tensor], Callable[..., Tensor]]] = {
    "softmax": (softmax, torch.softmax),
    "log_softmax": (log_softmax, torch.log_softmax),
}
CLASSES = (2, 10, FEW - 1, FEW, 40)


@pytest.mark.parametrize("k", CLASSES)
@pytest.mark.parametrize("name", PAIRS)
def test_values_and_gradients_are_those_of_pytorch_whatever_the_number_of_classes(name: str, k: int):
    own, reference = PAIRS[name]
    generator = torch.Generator().manual_seed(k)
    x, direction = (50 * torch.randn(7, 3, k, generator=generator) for _ in range(2))
    for of in (x, x[0], x.expand(2, *x.shape)):
        expected = _with_gradient(partial(reference, dim=-1), of, direction)
        torch.testing.assert_close(_with_gradient(own, of, direction), expected)


@pytest.mark.parametrize("k", CLASSES)
@pytest.mark.parametrize("name", PAIRS)
def test_the_result_lies_in_memory_as_its_argument_does(name: str, k: int):
    assert PAIRS[name][0](torch.zeros(7, 3, k)).is_contiguous()


@pytest.mark.parametrize("name", PAIRS)
def test_vmap_sees_through_it(name: str):
    own, reference = PAIRS[name]
    x = torch.randn(5, 3, 4, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(torch.func.vmap(own)(x), reference(x, dim=-1))


def _with_gradient(function: Callable[[Tensor], Tensor], x: Tensor, direction: Tensor) -> tuple[Tensor, Tensor]:
    x = x.detach().requires_grad_()
    y = function(x)
    (gradient,) = torch.autograd.grad((y * direction).sum(), x)
    return y.detach(), gradient
