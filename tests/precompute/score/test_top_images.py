"""Top images over many batches, where most of what comes is too weak to be kept."""

import pytest
import torch

from explorer.models.codes import Codes
from precompute.score.top_images import TopImagesAccumulator


def test_many_batches_equal_one_sort():
    generator = torch.Generator().manual_seed(0)
    a = torch.rand(3000, 7, generator=generator).mul(40).round() / 8 - 1  # ties by the hundred, negatives, zeros
    images = torch.randperm(2**20, generator=generator)[:3000] + 2**32 - 2**20
    accumulator = TopImagesAccumulator(7, k=16)
    for rows in torch.randperm(3000, generator=generator).split(50):
        accumulator.update(Codes.from_dense(a[rows]), images[rows])
    expected = [
        (neuron, rank, image, -weaker)
        for neuron in range(7)
        for rank, (weaker, image) in enumerate(sorted(zip((-a[:, neuron]).tolist(), images.tolist(), strict=True))[:16])
    ]
    assert list(zip(*(column.tolist() for column in accumulator.result()), strict=True)) == expected


def test_ties_go_to_the_lower_image_even_when_it_comes_last():
    accumulator = TopImagesAccumulator(1, k=2)
    for image, activation in ((9, 1.0), (8, 1.0), (7, 0.5), (3, 1.0)):
        accumulator.update(Codes.from_dense(torch.tensor([[activation]])), torch.tensor([image]))
    assert accumulator.result().images.tolist() == [3, 8]


def test_tiny_and_huge_activations_keep_their_order_and_value():
    activations = [1e-45, 1e-30, 0.1, 3.4e38]
    accumulator = TopImagesAccumulator(1)
    accumulator.update(Codes.from_dense(torch.tensor(activations)[:, None]), torch.arange(4))
    assert accumulator.result().images.tolist() == [3, 2, 1, 0]
    assert accumulator.result().activations.tolist() == torch.tensor(activations).flip(0).tolist()


@pytest.mark.parametrize("image", [-1, 2**32])
def test_image_numbers_without_room_are_refused(image):
    with pytest.raises(ValueError, match="image numbers"):
        TopImagesAccumulator(1).update(Codes.from_dense(torch.ones(1, 1)), torch.tensor([image]))
