"""The objectives on dense matrices, by autograd: slow and obvious, what the sparse ones are held against."""

from typing import NamedTuple

import torch
from torch import Tensor

from explorer.models.sae import SaeConfig
from precompute.training.weights import Weights


class Dense(NamedTuple):
    """A batch's losses, dense codes, and gradients."""

    total: Tensor
    reconstruction: Tensor
    auxiliary: Tensor
    mono: Tensor
    z_bs: Tensor
    gradients: Weights


def dense_objective(
    weights: Weights,
    v: Tensor,
    dead: Tensor,
    config: SaeConfig,
    l1: float = 0.0,
    mono: float = 0.0,
    selected: Tensor | None = None,
) -> Dense:
    """The loss with what `SaeObjective` computes; every matrix is as large as its formula says.

    `selected` is 1 where an entry is kept, for whoever found that in another way.
    """
    W_enc, b_enc, W_dec, b_dec = leaves = [t.clone().requires_grad_() for t in weights]
    relu = torch.relu((v - b_dec) @ W_enc.T + b_enc)
    z = relu * (kept(relu.detach(), config) if selected is None else selected)
    reconstruction, start, so_far = 0, 0, b_dec
    for size in config.group_sizes:
        so_far = so_far + z[:, start : start + size] @ W_dec[start : start + size]
        reconstruction, start = reconstruction + ((v - so_far) ** 2).sum(1).mean() / len(config.group_sizes) ** 2, start + size
    auxiliary = of_the_dead(relu, W_dec, (v - so_far).detach(), dead) if config.kind != "relu" else torch.zeros(())
    incoherence = one_minus_mean_ms(z, v) if mono else torch.zeros(())
    total = reconstruction + l1 * z.sum(1).mean() + auxiliary / 32 + mono * v.shape[1] * incoherence
    total.backward()
    grads = [torch.zeros_like(leaf) if leaf.grad is None else leaf.grad for leaf in leaves]
    grads[2] = grads[2] - (grads[2] * weights.W_dec_sd).sum(1, keepdim=True) * weights.W_dec_sd
    return Dense(total.detach(), reconstruction.detach(), auxiliary.detach(), incoherence.detach(), z.detach(), Weights(*grads))


def kept(relu: Tensor, config: SaeConfig) -> Tensor:
    """1 where an entry is kept."""
    if config.kind == "relu":
        return (relu > 0).to(relu.dtype)
    if config.kind == "topk":
        return ((relu >= relu.sort(1, descending=True).values[:, [config.k - 1]]) & (relu > 0)).to(relu.dtype)
    smallest = relu.flatten().sort(descending=True).values[config.k * len(relu) - 1]
    return ((relu >= smallest) & (relu > 0)).to(relu.dtype)


def of_the_dead(relu: Tensor, W_dec: Tensor, residual: Tensor, dead: Tensor) -> Tensor:
    """The auxiliary loss, vector by vector."""
    variance = ((residual - residual.mean(0)) ** 2).sum(1).mean()
    if not dead.any() or variance == 0:
        return torch.zeros((), dtype=relu.dtype)
    errors = []
    for z, e in zip(relu, residual, strict=True):
        strongest = torch.where(dead, z, -torch.inf).sort(descending=True, stable=True).indices
        strongest = strongest[: min(max(1, len(e) // 2), int(dead.sum()))]
        errors.append(((e - z[strongest] @ W_dec[strongest]) ** 2).sum())
    return torch.stack(errors).mean() / variance


def one_minus_mean_ms(z: Tensor, v: Tensor) -> Tensor:
    """1 − the mean MS of the neurons that fire twice or more, pair by pair."""
    cosines = torch.nn.functional.cosine_similarity(v[:, None], v[None], dim=-1)
    scores = []
    for neuron in range(z.shape[1]):
        fires = (z[:, neuron] > 0).nonzero().flatten().tolist()
        pairs = [(i, j) for i in fires for j in fires if i < j]
        if pairs:
            weights = torch.stack([z[i, neuron] * z[j, neuron] for i, j in pairs])
            scores.append((weights * torch.stack([cosines[i, j] for i, j in pairs])).sum() / weights.sum())
    return 1 - torch.stack(scores).mean() if scores else torch.ones((), dtype=z.dtype)


def random_weights(config: SaeConfig, seed: int, dtype: torch.dtype = torch.float64) -> Weights:
    """Weights of no symmetry, decoder rows of unit norm."""
    draw = torch.Generator().manual_seed(seed)
    W_enc, W_dec = torch.randn(2, config.neurons, config.width, generator=draw, dtype=dtype)
    b_enc = 0.3 * torch.randn(config.neurons, generator=draw, dtype=dtype)
    return Weights(
        W_enc, b_enc, torch.nn.functional.normalize(W_dec, dim=1), torch.randn(config.width, generator=draw, dtype=dtype)
    )
