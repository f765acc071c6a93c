from __future__ import annotations

import pytest
import torch

from tasks.reconstruction import BernoulliLikelihood, CosineDistance, GaussianLikelihood, Reconstruction

PIECES = [BernoulliLikelihood(), GaussianLikelihood(0.3), CosineDistance(7.0)]


def numbers(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def test_the_bernoulli_cost_is_the_negative_log_probability():
    output, x = numbers(5, 4), (numbers(4) > 0).double()
    expected = -torch.distributions.Bernoulli(logits=output).log_prob(x).sum(-1)
    torch.testing.assert_close(BernoulliLikelihood().cost(output, x), expected)


def test_the_gaussian_cost_is_the_negative_log_density():
    output, x = numbers(5, 4), numbers(4)
    expected = -torch.distributions.Normal(output, torch.tensor(0.3)).log_prob(x).sum(-1)
    torch.testing.assert_close(GaussianLikelihood(0.3).cost(output, x), expected)


def test_the_cosine_cost_sees_the_direction_alone():
    piece, x = CosineDistance(7.0), numbers(4)
    right_angle = torch.stack([-x[1], x[0], -x[3], x[2]])
    costs = piece.cost(torch.stack([3 * x, right_angle, -x]), x)
    torch.testing.assert_close(costs, torch.tensor([0.0, 7.0, 14.0], dtype=torch.float64))


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: type(piece).__name__)
def test_outputs_with_sample_dimensions_meet_one_observation(piece: Reconstruction):
    output, x = numbers(3, 2, 4), numbers(2, 4).sigmoid()
    costs = piece.cost(output, x)
    assert costs.shape == (3, 2)
    torch.testing.assert_close(costs[1, 0], piece.cost(output[1, 0], x[0]))


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: type(piece).__name__)
def test_the_start_is_the_output_whose_picture_is_the_mean_up_to_brightness(piece: Reconstruction):
    mean = torch.tensor([0.1, 0.5, 0.8])
    image = piece.image(piece.start(mean))
    torch.testing.assert_close(image / image.max(), mean / mean.max())


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: type(piece).__name__)
def test_images_lie_between_0_and_1(piece: Reconstruction):
    image = piece.image(10 * numbers(6, 4))
    assert ((image >= 0) & (image <= 1)).all()


@pytest.mark.parametrize("number", [0.0, -1.0, float("nan"), float("inf")])
def test_scales_and_weights_must_be_positive(number: float):
    with pytest.raises(ValueError, match=r"scale=.*positive"):
        GaussianLikelihood(number)
    with pytest.raises(ValueError, match=r"weight=.*positive"):
        CosineDistance(number)
