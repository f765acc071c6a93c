from __future__ import annotations

from functools import partial

import pytest
import torch
from torch import Tensor

from tasks.class_networks import ClassNetworks, ConvolutionalNetworks, DenseNetworks

MAKERS = [partial(DenseNetworks, hidden=[16, 16]), partial(ConvolutionalNetworks, hidden=16)]
MAKER = pytest.mark.parametrize("make", MAKERS, ids=["dense", "convolutional"])
K, CODES, PIXELS = 3, 4, 784


@MAKER
def test_networks_take_classes_with_sample_dimensions_row_by_row(make: partial[ClassNetworks]):
    torch.manual_seed(0)
    networks = make(K, CODES, PIXELS).double()
    x = torch.rand(2, PIXELS, dtype=torch.float64)
    every_class = torch.eye(K, dtype=torch.float64)[:, None].expand(-1, 2, -1)
    z = torch.randn(K, 2, CODES, dtype=torch.float64)

    def through(x: Tensor, y: Tensor, z: Tensor) -> Tensor:
        mean, log_scale = networks.infer(networks.features(x), y)
        return torch.cat([mean, log_scale, networks.generate(y, z)], dim=-1)

    assert networks.classify(x).shape == (2, K)
    together = through(x, every_class, z)
    assert together.shape == (K, 2, 2 * CODES + PIXELS)
    for label in range(K):
        for row in range(2):
            alone = through(x[row : row + 1], every_class[label, row : row + 1], z[label, row : row + 1])
            torch.testing.assert_close(together[label, row], alone[0])


@MAKER
def test_the_class_matters_to_code_and_picture(make: partial[ClassNetworks]):
    torch.manual_seed(0)
    networks = make(K, CODES, PIXELS)
    y, z = torch.eye(K)[:2], torch.zeros(2, CODES)
    features = networks.features(torch.rand(1, PIXELS)).expand(2, -1)
    for made in (networks.infer(features, y)[0], networks.generate(y, z)):
        assert (made[0] - made[1]).abs().max() > 1e-3


@MAKER
def test_the_output_starts_at_the_given_mean(make: partial[ClassNetworks]):
    torch.manual_seed(0)
    networks = make(K, CODES, PIXELS)
    y, z = torch.eye(K)[:1], torch.zeros(1, CODES)
    networks.start_output(torch.zeros(PIXELS))
    before = networks.generate(y, z)
    networks.start_output(torch.linspace(-1, 1, PIXELS))
    torch.testing.assert_close(networks.generate(y, z) - before, torch.linspace(-1, 1, PIXELS)[None])


def test_impossible_networks_are_refused():
    with pytest.raises(ValueError, match=r"hidden=\[\]: at least one hidden layer"):
        DenseNetworks(K, CODES, PIXELS, hidden=[])
    with pytest.raises(ValueError, match=r"784 pixels, not 100"):
        ConvolutionalNetworks(K, CODES, 100)
