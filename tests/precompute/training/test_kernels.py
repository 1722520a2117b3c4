"""The GPU's own kernels against PyTorch's; they run where a CUDA GPU and Triton are, as on any machine that trains on one."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.testing import assert_close

from precompute.training import kernels
from precompute.training.pairs import starts_of

pytestmark = pytest.mark.skipif(
    not (kernels.INSTALLED and torch.cuda.is_available()), reason="needs a CUDA GPU, and Triton, which comes with its PyTorch"
)


def drawn(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator("cuda").manual_seed(0), device="cuda")


@pytest.mark.parametrize(
    ("bags", "entries", "width"), [(7, 3000, 40), (5000, 9000, 1500), (5, 0, 8), (1, 33, 16), (2000, 5000, 1024)]
)
def test_sums_of_short_long_and_empty_bags_are_pytorchs(bags: int, entries: int, width: int):
    from precompute.training.kernels.bag_sums import bag_sums

    owners = ((drawn(entries).sigmoid() ** 3) * bags).long().sort().values
    rows, table, weights = drawn(entries).mul(1e6).long().abs() % 50, drawn(50, width), drawn(entries)
    starts = starts_of(owners, bags)
    theirs = F.embedding_bag(
        rows, table.double(), starts, mode="sum", per_sample_weights=weights.double(), include_last_offset=True
    )
    assert_close(bag_sums(rows, table, starts, weights).double(), theirs, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(("rows", "columns"), [(5, 100), (3, 9000), (700, 4096), (1, 1)])
def test_entries_that_reach_their_limit_are_those_of_nonzero_in_its_order(rows: int, columns: int, dtype: torch.dtype):
    from precompute.training.kernels.entries import entries_reaching

    matrix, limits = drawn(rows, columns).to(dtype), (1 + drawn(columns).abs()).to(dtype)
    limits[: columns // 2] = matrix[-1, : columns // 2]  # equal ones count
    assert torch.equal(entries_reaching(matrix, limits), (matrix >= limits).nonzero())
    assert len(entries_reaching(matrix, limits + 100)) == 0


@pytest.mark.parametrize("width", [1, 40, 1024, 1500])
def test_halved_rows_their_lengths_and_what_rounding_changes(width: int):
    from precompute.training.kernels.rows import halved

    rows = drawn(30, width)
    halves, lengths, errors = halved(rows)
    assert torch.equal(halves, rows.bfloat16())
    assert_close(lengths, rows.norm(dim=1))
    assert_close(errors, (rows.bfloat16() - rows).norm(dim=1))


@pytest.mark.parametrize("width", [1, 40, 1500])
def test_rows_of_unit_length_but_for_those_of_none(width: int):
    from precompute.training.kernels.rows import to_unit_length

    rows = drawn(30, width)
    rows[3] = 0
    expected = rows / rows.norm(dim=1, keepdim=True).clamp(min=1e-12)
    to_unit_length(rows)
    assert_close(rows, expected)
