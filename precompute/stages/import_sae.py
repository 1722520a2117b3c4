"""The stage import-sae: a released SAE and the activations that it reads → what `train` leaves, so that score and build go on."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import torch

from explorer.atlas.pictures import picture_hash
from explorer.models.sae import SparseAutoencoder
from explorer.models.sae.files import WEIGHTS, write_sae
from explorer.models.sae.importing import import_sae
from precompute.activations import Activations
from precompute.stage_record import begin, finish

SAMPLE = 4096  # vectors that it is tried on


@dataclass(frozen=True)
class ImportSae:
    """Use a released SAE in place of one of your own: of dictionary_learning, SAELens or saev.

    Example: python -m precompute import-sae --activations acts --sae mateuszpach/sae-for-vlm/PATH/ae_100000.pt --out sae
    """

    activations: Path
    """Directory that extract wrote, at the tap that the SAE was trained on."""
    sae: str
    """A .pt file, a directory with cfg.json and sae_weights.safetensors, or one on the Hub as OWNER/REPOSITORY/PATH/IN/IT."""
    out: Path
    """Directory to write."""
    force: bool = False
    """Replace what another run left in --out."""


class Tried(NamedTuple):
    """What an SAE does with some of the vectors."""

    r2: float  # share of the variance that it explains
    l0: float  # neurons active per vector


def run(config: ImportSae) -> None:
    """Import an SAE into `config.out`.

    Raises:
        UserError: if it cannot be read, or reads vectors of another width; nothing is written then.
    """
    activations, sae = Activations(config.activations), import_sae(config.sae)
    sae.require_width(activations.width)
    if not begin(config.out, "train", request(config), force=config.force):
        print(f"import-sae: {config.out} is finished already")
        return
    tried = _tried(sae, activations)
    sae.config = replace(sae.config, k=_count(sae, tried))
    write_sae(sae, config.out)
    weights = picture_hash((config.out / WEIGHTS).read_bytes())
    finish(config.out, {"sha256": weights, "imported": config.sae, **tried._asdict()})
    print(f"import-sae: {sae.config.neurons:,} neurons ({sae.config.kind}); of these vectors {_told(tried)}")


def request(config: ImportSae) -> dict[str, Any]:
    """Return what decides the result.

    Raises:
        UserError: if the activations do not exist.
    """
    path = Path(config.sae)
    stamp = picture_hash(path.read_bytes()) if path.is_file() else None
    return {"activations": Activations(config.activations).record["request"], "imported": config.sae, "stamp": stamp}


def _tried(sae: SparseAutoencoder, activations: Activations) -> Tried:
    which = torch.linspace(0, len(activations) - 1, min(SAMPLE, len(activations))).long()
    v_nd = activations.vectors(which)
    codes = sae.encode(v_nd)
    left, varies = (v_nd - sae.decode(codes)).square().sum(), (v_nd - v_nd.mean(0)).square().sum()
    return Tried(float(1 - left / varies.clamp(min=torch.finfo(varies.dtype).tiny)), len(codes.values) / len(codes))


def _count(sae: SparseAutoencoder, tried: Tried) -> int:
    """k: as the file tells, or else, where a threshold alone decides, as counted."""
    counted = sae.config.kind == "relu" or (sae.config.kind == "batchtopk" and sae.config.k == 1)
    return min(sae.config.neurons, max(1, round(tried.l0))) if counted else sae.config.k


def _told(tried: Tried) -> str:
    told = f"it explains {tried.r2:.0%} of the variance with {tried.l0:.1f} neurons each"
    return told if tried.r2 > 0 else f"{told}: it was trained on other vectors, so check encoder, tap and preprocessing"
