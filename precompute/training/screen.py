"""Screens: all entries of a batch whose pre-activation W_enc x + b_enc reaches a floor.

The encoder's product is most of a training step. `screen_fp32` computes it as it is. `screen_bf16` computes it with numbers of
half the size, two to four times as fast, and bounds what that can have changed; the entries that may reach the floor, some more
than do, are then computed in float32. So both find the same entries: bfloat16 decides what is looked at, never what is kept.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import BFloat16, Float, Int
from torch import Tensor

from explorer.models.codes import Codes
from precompute.training import kernels
from precompute.training.pairs import products, starts_of
from precompute.training.weights import Weights, pre_acts

BLOCK = 256  # vectors at a time: their pre-activations stay in the processor's cache until they have been compared
GPU_NUMBERS = 2**28  # at a time on a GPU, where starting a block costs more than any cache saves: 4,096 vectors of 65,536 neurons
Floor = Float[Tensor, ""] | float  # a tensor where a number would be waited for
Screen = Callable[[Weights, Tensor, Floor], Codes]


def best_screen(device: torch.device) -> Screen:
    """`screen_bf16` where the processor multiplies bfloat16 itself."""
    if device.type == "cuda":
        return screen_bf16 if torch.cuda.is_bf16_supported(including_emulation=False) else screen_fp32
    able = torch.cpu.get_capabilities() if device.type == "cpu" else {}
    return screen_bf16 if able.get("avx512_bf16") or able.get("amx_bf16") else screen_fp32


def at_a_time(rows_nd: Tensor, columns: int) -> int:
    """How many rows to take at a time where each gives so many numbers."""
    return BLOCK if rows_nd.device.type == "cpu" else max(BLOCK, GPU_NUMBERS // columns)


def screen_fp32(weights: Weights, x_bd: Float[Tensor, "b d"], floor: Floor) -> Codes:
    """All positive entries that reach the floor."""
    lowest = _positive(floor, x_bd.dtype)
    found, values, block = [], [], at_a_time(x_bd, len(weights.W_enc_sd))
    for start in range(0, len(x_bd), block):
        acts = pre_acts(weights, x_bd[start : start + block])
        entries = (acts >= lowest).nonzero()
        values.append(acts[entries[:, 0], entries[:, 1]])
        found.append(entries + entries.new_tensor([start, 0]))
    return _codes(torch.cat(found), torch.cat(values), x_bd, weights)


def screen_bf16(weights: Weights, x_bd: Float[Tensor, "b d"], floor: Floor) -> Codes:
    """The same, with x̃ and w̃, the vectors and weights in bfloat16, as a sieve: by Cauchy and Schwarz

    |x̃·w̃ − x·w| ≤ ‖x̃ − x‖ ‖w̃‖ + ‖x‖ ‖w̃ − w‖ + d 2⁻²⁴ ‖x̃‖ ‖w̃‖        the last for adding d products up in float32
    """
    torch.backends.cuda.matmul.allow_bf16_reduced_precision_reduction = False  # a GPU, too, adds them up in float32
    w, x = _half(weights.W_enc_sd), _half(x_bd)
    adding = x_bd.shape[1] * 2**-24
    found, block = [], at_a_time(x_bd, len(weights.W_enc_sd))
    for start in range(0, len(x_bd), block):
        rows = slice(start, start + block)
        length, error = x.lengths[rows].amax(), x.errors[rows].amax()
        error_s = (error + adding * (length + error)) * (w.lengths + w.errors) + length * w.errors
        entries = _reaching(x.halved[rows] @ w.halved.T, _rounded_down(floor - weights.b_enc_s - error_s))
        found.append(entries + entries.new_tensor([start, 0]))
    return _recomputed(torch.cat(found), weights, x_bd, floor)


def _positive(floor: Floor, dtype: torch.dtype) -> Floor:
    """The floor, or the smallest positive number."""
    least = torch.finfo(dtype).tiny
    return floor.clamp(min=least) if isinstance(floor, Tensor) else max(floor, least)


class _Half(NamedTuple):
    """Rows in bfloat16, and what that does to them."""

    halved: BFloat16[Tensor, "n d"]
    lengths: Float[Tensor, " n"]  # norms of the rows as they were
    errors: Float[Tensor, " n"]  # norms of what rounding takes away or adds


def _half(rows_nd: Float[Tensor, "n d"]) -> _Half:
    if kernels.usable_for(rows_nd):
        from precompute.training.kernels.rows import halved

        return _Half(*halved(rows_nd))
    halved, errors, count = torch.empty_like(rows_nd, dtype=torch.bfloat16), [], at_a_time(rows_nd, rows_nd.shape[1])
    for target, block in zip(halved.split(count), rows_nd.split(count), strict=True):
        errors.append((target.copy_(block) - block).norm(dim=1))
    return _Half(halved, rows_nd.norm(dim=1), torch.cat(errors))


def _rounded_down(limit_s: Float[Tensor, " s"]) -> Float[Tensor, " s"]:
    """In bfloat16, not above the limit: a product that reaches the limit still does when both are rounded."""
    rounded = limit_s.bfloat16()
    return torch.where(rounded > limit_s, rounded.nextafter(torch.full_like(rounded, -torch.inf)), rounded)


def _reaching(acts_bs: Tensor, limits_s: Tensor) -> Int[Tensor, "e 2"]:
    if kernels.usable_for(acts_bs):
        from precompute.training.kernels.entries import entries_reaching

        return entries_reaching(acts_bs, limits_s)
    return (acts_bs >= limits_s).nonzero()


def _recomputed(entries: Int[Tensor, "e 2"], weights: Weights, x_bd: Float[Tensor, "b d"], floor: Floor) -> Codes:
    """Those entries that reach the floor in float32."""
    rows, neurons = entries.unbind(1)
    order = neurons.argsort()
    values = weights.b_enc_s[neurons]
    values[order] += products(x_bd, rows[order], weights.W_enc_sd, neurons[order])
    kept = (values >= _positive(floor, x_bd.dtype)).nonzero()[:, 0]
    return _codes(entries[kept], values[kept], x_bd, weights)


def _codes(entries: Int[Tensor, "e 2"], values: Float[Tensor, " e"], x_bd: Tensor, weights: Weights) -> Codes:
    rows, neurons = (column.contiguous() for column in entries.unbind(1))
    return Codes(starts_of(rows, len(x_bd)), neurons, values, len(weights.W_enc_sd))
