"""What is refused or warned of because vectors vary too little, against the definitions."""

import pytest
import torch

from explorer.errors import UserError
from precompute.activations import Activations
from precompute.variation import offset_warning, require_variation
from tests.precompute.making import save_activations


def activations(directory, vectors):
    return Activations(save_activations(directory / "acts", vectors, shard=40))


@pytest.mark.parametrize(
    ("vectors", "words"),
    [
        (torch.zeros(100, 1, 3), "all 100 vectors are zero"),
        (torch.full((50, 2, 3), 0.1), "all 100 vectors are equal"),
        (torch.randn(1, 1, 3), "one vector only"),
    ],
)
def test_vectors_that_do_not_vary_are_refused(vectors, words, tmp_path):
    with pytest.raises(UserError, match=words) as refused:
        require_variation(activations(tmp_path, vectors))
    assert "NaN" not in str(refused.value)


def test_one_vector_that_differs_is_enough(tmp_path):
    """The last of many, in a shard of its own."""
    vectors = torch.zeros(81, 1, 3)
    vectors[80, 0, 2] = 1e-30
    require_variation(activations(tmp_path, vectors))


def test_an_offset_of_more_than_100_000_standard_deviations_is_told(tmp_path):
    """±1 around the offset has a standard deviation of 1."""
    signs = torch.tensor([1.0, -1.0]).repeat(50)
    columns = [signs, signs + 9e4, signs - 1.1e5, signs + 2e6, torch.full((100,), 0.1)]
    warning = offset_warning(activations(tmp_path, torch.stack(columns, 1)[:, None]))
    assert warning.startswith("2 of 5 dimensions have an offset of more than 10⁵ standard deviations (dimension 3: 2.0e+06)")


def test_no_offset_no_warning(tmp_path):
    assert offset_warning(activations(tmp_path, torch.randn(100, 1, 3) + 1000)) == ""
