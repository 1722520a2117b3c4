"""Entries of a matrix that reach a limit of their column, in the order of `nonzero`.

`(matrix >= limits).nonzero()` reads the matrix, writes as many truth values and reads those twice. Here the matrix is read twice:
the entries of each stretch of a row are counted, then written where the counts before it end.
"""

import torch
import triton  # pyright: ignore[reportMissingImports]
import triton.language as tl  # pyright: ignore[reportMissingImports]
from jaxtyping import Float, Int
from torch import Tensor

STRETCH = 4096  # columns of a program


def entries_reaching(matrix_rc: Float[Tensor, "r c"], limits_c: Float[Tensor, " c"]) -> Int[Tensor, "e 2"]:
    """Row and column of the entries ≥ their column's limit, ascending. Both contiguous, on one GPU."""
    rows, columns = matrix_rc.shape
    grid = (rows, triton.cdiv(columns, STRETCH))
    counts = torch.empty(grid, dtype=torch.int64, device=matrix_rc.device)
    _count[grid](matrix_rc, limits_c, counts, columns, STRETCH, num_warps=8)  # pyright: ignore[reportIndexIssue]
    ends = counts.flatten().cumsum(0)
    entries = torch.empty((int(ends[-1]), 2), dtype=torch.int64, device=matrix_rc.device)
    _write[grid](matrix_rc, limits_c, ends - counts.flatten(), entries, columns, STRETCH, num_warps=8)  # pyright: ignore[reportIndexIssue]
    return entries


@triton.jit
def _reached(matrix, limits, columns, STRETCH: tl.constexpr):
    column = tl.program_id(1) * STRETCH + tl.arange(0, STRETCH)
    inside = column < columns
    value = tl.load(matrix + tl.program_id(0).to(tl.int64) * columns + column, mask=inside, other=0.0)
    limit = tl.load(limits + column, mask=inside, other=0.0)
    return column, inside & (value.to(tl.float32) >= limit.to(tl.float32))


@triton.jit
def _count(matrix, limits, counts, columns, STRETCH: tl.constexpr):
    _, reached = _reached(matrix, limits, columns, STRETCH)
    tl.store(counts + tl.program_id(0) * tl.num_programs(1) + tl.program_id(1), tl.sum(reached.to(tl.int32)))


@triton.jit
def _write(matrix, limits, starts, entries, columns, STRETCH: tl.constexpr):
    column, reached = _reached(matrix, limits, columns, STRETCH)
    start = tl.load(starts + tl.program_id(0) * tl.num_programs(1) + tl.program_id(1))
    target = entries + 2 * (start + tl.cumsum(reached.to(tl.int32)) - 1)
    tl.store(target, tl.zeros_like(column).to(tl.int64) + tl.program_id(0), mask=reached)
    tl.store(target + 1, column.to(tl.int64), mask=reached)
