"""Bands and the hash they are drawn by, against plain Python."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.testing import assert_close

from explorer.models.codes import Codes
from precompute.score.bands import BandsAccumulator
from precompute.score.hashing import mix, unmix
from tests.precompute.score.test_statistics import accumulated, matrices


def murmur(number: int) -> int:
    """The finaliser as published, on Python's integers."""
    number ^= number >> 16
    number = number * 0x85EBCA6B % 2**32
    number ^= number >> 13
    number = number * 0xC2B2AE35 % 2**32
    return number ^ number >> 16


@given(st.lists(st.integers(0, 2**32 - 1), min_size=1))
def test_the_hash_is_murmurs_and_can_be_undone(numbers):
    mixed = mix(torch.tensor(numbers))
    assert mixed.tolist() == [murmur(number) for number in numbers]
    assert unmix(mixed).tolist() == numbers
    assert murmur(1) == 0x514E28B7  # a published value


def expected_bands(a_n: list[float], images: list[int], neuron: int, size: int, sample: int) -> dict[str, list]:
    fires = sorted(((murmur(i ^ murmur(neuron)), i, a) for i, a in zip(images, a_n, strict=True) if a > 0), reverse=True)
    by_strength = sorted(((-a, i) for _, i, a in fires[:sample]))
    last = len(by_strength) - 1
    bands = {}
    for name, quantile in (("q90", 0.9), ("q50", 0.5)):
        first = round((1 - quantile) * last - (size - 1) / 2)
        first = min(max(first, 0), max(len(by_strength) - size, 0))
        bands[name] = by_strength[first : first + size]
    return bands | {"random": sorted((-a, i) for _, i, a in fires[:size])}


@given(matrices, st.integers(1, 4), st.integers(0, 6), st.data())
def test_bands_of_any_split_in_any_order(a, size, more, data):
    images = torch.arange(len(a)) * 1_000_003 + 2**31
    found = accumulated(
        lambda: BandsAccumulator(a.shape[1], size, size + more),
        lambda acc, rows: acc.update(Codes.from_dense(a[rows]), images[rows]),
        len(a),
        data,
    )
    for neuron in range(a.shape[1]):
        expected = expected_bands(a[:, neuron].tolist(), images.tolist(), neuron, size, size + more)
        for name, band in found.items():
            mine = band.neurons == neuron
            told = list(zip((-band.activations[mine]).tolist(), band.images[mine].tolist(), strict=True))
            assert told == expected[name], name
            assert band.ranks[mine].tolist() == list(range(len(told)))


def test_bands_by_hand():
    """Activations 1 … 100 of images 0 … 99, all sampled: the median lies between 50 and 51, the 90 % quantile at 90.1."""
    accumulator = BandsAccumulator(1, size=4, sample=100)
    accumulator.update(Codes.from_dense(torch.arange(1.0, 101)[:, None]), torch.arange(100))
    bands = accumulator.result()
    assert bands["q50"].activations.tolist() == [52, 51, 50, 49]
    assert bands["q90"].activations.tolist() == [92, 91, 90, 89]
    assert bands["q90"].images.tolist() == [91, 90, 89, 88]
    assert len(bands["random"].images) == 4


def test_the_sample_is_uniform_and_another_for_every_neuron():
    """64 of 5,000 images, for 200 neurons: their mean is that of all to 4 standard errors, and few are shared."""
    accumulator = BandsAccumulator(200, size=64, sample=64)
    for images in torch.arange(5000).split(700):
        accumulator.update(Codes.from_dense(images[:, None].expand(-1, 200) / 5000 + 1), images)
    random = accumulator.result()["random"]
    assert torch.bincount(random.neurons).tolist() == [64] * 200
    assert_close(random.activations.mean().item(), 1.5, atol=4 * (1 / 12 / 12_800) ** 0.5, rtol=0)
    assert len(random.images.unique()) > 4000  # 5,000 × (1 − (1 − 64/5,000)²⁰⁰) = 4,620 are drawn by some neuron


@pytest.mark.parametrize("image", [-1, 2**32])
def test_image_numbers_without_room_are_refused(image):
    with pytest.raises(ValueError, match="image numbers"):
        BandsAccumulator(1).update(Codes.from_dense(torch.ones(1, 1)), torch.tensor([image]))
