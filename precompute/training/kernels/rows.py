"""What is done to every row of a matrix, in one reading of it where PyTorch would read it three times."""

import torch
import triton  # pyright: ignore[reportMissingImports]
import triton.language as tl  # pyright: ignore[reportMissingImports]
from jaxtyping import BFloat16, Float
from torch import Tensor

COLUMNS = 1024  # at a time
SHORTEST = 1e-12  # a shorter row is not lengthened to 1


def halved(rows_nd: Float[Tensor, "n d"]) -> tuple[BFloat16[Tensor, "n d"], Float[Tensor, " n"], Float[Tensor, " n"]]:
    """The rows in bfloat16, their norms as they were, and the norms of what rounding changes. Contiguous, on a GPU."""
    halves = torch.empty_like(rows_nd, dtype=torch.bfloat16)
    lengths, errors = rows_nd.new_empty(len(rows_nd)), rows_nd.new_empty(len(rows_nd))
    _halve[(len(rows_nd),)](rows_nd, halves, lengths, errors, rows_nd.shape[1], COLUMNS)  # pyright: ignore[reportIndexIssue]
    return halves, lengths, errors


def to_unit_length(rows_nd: Float[Tensor, "n d"]) -> None:
    """Divide each row by its norm, in place. Contiguous, on a GPU."""
    _divide[(len(rows_nd),)](rows_nd, rows_nd.shape[1], SHORTEST, COLUMNS)  # pyright: ignore[reportIndexIssue]


@triton.jit
def _halve(rows, halves, lengths, errors, width, COLUMNS: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    length, error = tl.zeros((COLUMNS,), tl.float32), tl.zeros((COLUMNS,), tl.float32)
    for start in range(0, width, COLUMNS):
        column = start + tl.arange(0, COLUMNS)
        value = tl.load(rows + row * width + column, mask=column < width, other=0.0)
        half = value.to(tl.bfloat16)
        tl.store(halves + row * width + column, half, mask=column < width)
        change = half.to(tl.float32) - value
        length += value * value
        error += change * change
    tl.store(lengths + row, tl.sqrt(tl.sum(length)))
    tl.store(errors + row, tl.sqrt(tl.sum(error)))


@triton.jit
def _divide(rows, width, shortest, COLUMNS: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    length = tl.zeros((COLUMNS,), tl.float32)
    for start in range(0, width, COLUMNS):
        column = start + tl.arange(0, COLUMNS)
        value = tl.load(rows + row * width + column, mask=column < width, other=0.0)
        length += value * value
    norm = tl.maximum(tl.sqrt(tl.sum(length)), shortest)
    for start in range(0, width, COLUMNS):
        column = start + tl.arange(0, COLUMNS)
        value = tl.load(rows + row * width + column, mask=column < width, other=0.0)
        tl.store(rows + row * width + column, value / norm, mask=column < width)
