"""What `dictionary_learning`'s trainer and ours learn in equal steps on real activations."""

import tempfile
from pathlib import Path
from statistics import fmean
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from explorer.models.sae import sae_config
from precompute.activations import Activations
from precompute.stages import extract
from precompute.training.screen import screen_bf16
from precompute.training.trainer import Plan
from tests.bench.peers import ours, theirs
from tests.conftest import REAL

BATCH, EXPANSION, K, SEEDS, TAP = 2048, 4, 20, 3, "4:random:16"


def quality(peers: Path, steps: int) -> dict[str, float]:
    """Ours − theirs, means over seeds: R² and dead neurons in points, L0 at the learnt threshold."""
    torch.set_num_threads(2)
    v_nd = photographs()
    config = sae_config("matryoshka", v_nd.shape[1], EXPANSION, K)
    gaps = []
    for seed in range(SEEDS):
        plan = Plan(steps, BATCH, steps // 5, steps * BATCH // 20, seed)
        peer, mine = theirs(peers, config, plan), ours(screen_bf16, config, plan, v_nd[:BATCH])
        draw = torch.Generator().manual_seed(seed)
        for number in range(steps):
            v_bd = v_nd[torch.randint(len(v_nd), (BATCH,), generator=draw)]
            peer.step(number, v_bd)
            mine.step(number, v_bd)
        gaps.append([a - b for a, b in zip(learnt(v_nd, mine.trainer.finished()), learnt(v_nd, peer.trainer.ae), strict=True)])
    r2, l0, dead = (fmean(column) for column in zip(*gaps, strict=True))
    return {"r2_gap_points": 100 * r2, "l0_gap": l0, "dead_gap_points": 100 * dead}


def photographs() -> Float[Tensor, "n d"]:
    """Activations of the 1,000 photographs, sixteen patches each, of unit mean square norm."""
    with tempfile.TemporaryDirectory() as directory:
        out = Path(directory) / "acts"
        extract.run(extract.Extract(out, str(REAL / "imagenet-1000"), str(REAL / "models" / "photo-clip"), TAP))
        acts = Activations(out)
        v_nd = acts.vectors(torch.arange(len(acts)))
    return v_nd / v_nd.square().sum(1).mean().sqrt()


@torch.no_grad()
def learnt(v_nd: Float[Tensor, "n d"], sae: Any) -> tuple[float, float, float]:
    """R², L0 and the share of dead neurons of an SAE with its threshold, whoever trained it: both call the weights the same."""
    left, active, fired = 0.0, 0, torch.zeros(len(sae.W_dec), dtype=torch.bool)
    for v_bd in v_nd.split(BATCH):
        z_bs = F.relu((v_bd - sae.b_dec) @ sae.W_enc + sae.b_enc)
        z_bs *= z_bs > sae.threshold
        left += float((v_bd - z_bs @ sae.W_dec - sae.b_dec).square().sum())
        active += int((z_bs > 0).sum())
        fired |= (z_bs > 0).any(0)
    return 1 - left / float((v_nd - v_nd.mean(0)).square().sum()), active / len(v_nd), float((~fired).float().mean())
