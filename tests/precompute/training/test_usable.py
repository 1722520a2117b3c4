"""What cannot be trained on is refused in one sentence before anything is written."""

import pytest
import torch

from explorer.errors import UserError
from precompute.stages import train
from precompute.stages.train import Train
from tests.precompute.making import save_activations


def with_one(value: float) -> torch.Tensor:
    vectors = torch.randn(100, 1, 4, generator=torch.Generator().manual_seed(0))
    vectors[61, 0, 2] = value
    return vectors


@pytest.mark.parametrize(
    ("vectors", "words"),
    [
        (with_one(float("nan")), "NaN or infinite numbers among the vectors, first of image 0061.png"),
        (with_one(float("inf")), "NaN or infinite numbers among the vectors, first of image 0061.png"),
        (with_one(float("-inf")), "NaN or infinite numbers among the vectors, first of image 0061.png"),
        (torch.zeros(100, 1, 4), "all 100 vectors are zero"),
        (torch.randn(3, 1, 4), "3 vectors, an SAE needs at least 16; extract more images"),
        (with_one(0.0) * 1e30, r"numbers as large as \de\+30, beyond 1e\+15"),
        (with_one(0.0) * 1e-30, r"no number is larger than \de-30"),
    ],
)
def test_bad_vectors_are_refused_and_nothing_is_written(vectors, words, tmp_path):
    activations = save_activations(tmp_path / "acts", vectors)
    with pytest.raises(UserError, match=words) as refused:
        train.run(Train(activations, tmp_path / "sae", steps=5, k=2))
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "sae").exists()


@pytest.mark.parametrize("scale", [1e-10, 1.0, 1e10])
def test_the_scale_of_vectors_does_not_matter_within_the_limits(scale, tmp_path):
    activations = save_activations(tmp_path / "acts", with_one(0.0) * scale)
    train.run(Train(activations, tmp_path / "sae", steps=5, k=2))
    assert (tmp_path / "sae" / "sae.safetensors").is_file()
