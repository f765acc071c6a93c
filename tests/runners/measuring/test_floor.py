from __future__ import annotations

import torch
from torch import nn

from runners.measuring.floor import MatrixProducts, alike


def test_the_products_of_a_linear_layer_and_its_backward_pass_are_taken_down():
    """Forward, gradient of the weight, gradient of the input; the bias is a sum."""
    layer, x = nn.Linear(7, 3), torch.randn(5, 7, requires_grad=True)
    products = MatrixProducts()
    with products:
        layer(x).sum().backward()
    repeated = MatrixProducts()
    with repeated:
        products.repeat()
    assert len(products.calls) == 3
    assert len(repeated.calls) == 0, "the products are written into memory that is there: no new ones are made"


def test_repeating_computes_the_products_of_the_same_shapes():
    products = MatrixProducts()
    with products:
        torch.mm(torch.randn(4, 6), torch.randn(6, 2))
        torch.bmm(torch.randn(3, 4, 6), torch.randn(3, 6, 2))
    assert [call().shape for call in products.calls] == [(4, 2), (3, 4, 2)]


def test_results_are_what_they_would_be_without_the_mode():
    x = torch.arange(6.0).reshape(2, 3)
    with MatrixProducts():
        found = x @ x.T
    assert torch.equal(found, torch.tensor([[5.0, 14.0], [14.0, 50.0]]))


def test_a_copy_has_the_layout_but_not_the_numbers():
    transposed = torch.randn(4, 6).t()
    assert alike(transposed).stride() == transposed.stride()
    repeated = torch.randn(1, 6).expand(4, 6)
    copy = alike(repeated)
    assert (copy.shape, copy.stride()) == (repeated.shape, repeated.stride())
    assert not torch.equal(copy, repeated)


def test_convolutions_count():
    products = MatrixProducts()
    with products:
        nn.Conv2d(1, 2, 3)(torch.randn(1, 1, 8, 8)).sum().backward()
    assert len(products.calls) == 2
    products.repeat()
