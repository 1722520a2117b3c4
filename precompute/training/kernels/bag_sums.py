"""Weighted sums of table rows over bags.

`embedding_bag` gives a bag to a few threads, which walk it in order. Of a batch's neurons some fire on half of the vectors and
most on few, so a step would wait for a few long bags. Here a bag is cut into pieces of at most `PIECE` entries, each summed by a
program of its own. The pieces of a bag meet by atomic additions, whose order, and so the rounding, differs from run to run.
"""

import torch
import triton  # pyright: ignore[reportMissingImports]
import triton.language as tl  # pyright: ignore[reportMissingImports]
from jaxtyping import Float, Int
from torch import Tensor

PIECE = 32  # entries of a program
AT_ONCE = 4  # rows whose loads do not wait for each other
COLUMNS = 1024  # of a program


def bag_sums(
    rows: Int[Tensor, " e"], table_rd: Float[Tensor, "r d"], starts: Int[Tensor, " n+1"], weights: Float[Tensor, " e"]
) -> Float[Tensor, "n d"]:
    """The weighted sum of table rows of each bag; bag n owns the entries starts[n] : starts[n + 1].

    Args:
        rows: of all entries, as the others contiguous and on one GPU.
    """
    bags, width = len(starts) - 1, table_rd.shape[1]
    sums = table_rd.new_zeros(bags, width)
    pieces = len(rows) // PIECE + min(bags, len(rows))  # at most; to count them would be to wait for the GPU
    if pieces:
        ends = starts.diff().add_(PIECE - 1).div_(PIECE, rounding_mode="floor").cumsum(0)  # of each bag's pieces
        owners = torch.searchsorted(ends, torch.arange(pieces, device=rows.device), right=True).clamp_(max=bags - 1)
        firsts = torch.cat([ends.new_zeros(1), ends])
        grid = (pieces, triton.cdiv(width, COLUMNS))
        launch = _sum_piece[grid]  # pyright: ignore[reportIndexIssue]  # Triton's decorator makes it one to index
        launch(rows, table_rd, weights, owners, firsts, starts, sums, width, PIECE, AT_ONCE, COLUMNS, num_warps=4)
    return sums


@triton.jit
def _sum_piece(
    rows, table, weights, owners, firsts, starts, sums, width, PIECE: tl.constexpr, AT_ONCE: tl.constexpr, COLUMNS: tl.constexpr
):
    piece = tl.program_id(0)
    columns = tl.program_id(1) * COLUMNS + tl.arange(0, COLUMNS)
    bag = tl.load(owners + piece)
    start, end = tl.load(starts + bag), tl.load(starts + bag + 1)
    first = start + (piece - tl.load(firsts + bag)) * PIECE
    last = tl.minimum(first + PIECE, end)
    total = tl.zeros((COLUMNS,), tl.float32)
    for at in range(first, last, AT_ONCE):
        for ahead in tl.static_range(AT_ONCE):
            there = at + ahead < last
            row = tl.load(rows + at + ahead, mask=there, other=0)
            weight = tl.load(weights + at + ahead, mask=there, other=0.0)
            total += weight * tl.load(table + row * width + columns, mask=(columns < width) & there, other=0.0)
    target = sums + bag.to(tl.int64) * width + columns
    written = (columns < width) & (first < last)  # programs beyond the last piece have nothing to add
    if end - start <= PIECE:
        tl.store(target, total, mask=written)
    else:
        tl.atomic_add(target, total, mask=written)
