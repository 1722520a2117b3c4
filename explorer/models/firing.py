"""Which neurons fire for a picture, how strongly, and where: an atlas's encoder, tap and SAE run on one image."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image

from explorer.atlas.atlas import Atlas
from explorer.errors import UserError, mending
from explorer.models.encoders import VisionEncoder, load_encoder
from explorer.models.sae import SparseAutoencoder
from explorer.models.taps import Tap


class Fired(NamedTuple):
    """One neuron's answer to a picture."""

    neuron: int
    activation: float  # pooled over the tokens the way the atlas pools them
    patches: np.ndarray | None  # (rows, columns) activation per patch; None where the tap has no patches


class Firing:
    """Runs pictures through encoder, tap and SAE.

    Args:
        encoder: the atlas's.
        tap: the atlas's; random tokens are read as all patches, so that a picture's answer does not change.
        sae: None for the baseline, whose neurons are the tap's own dimensions.
        pooling: how tokens make one activation, `max` or `mean`.
    """

    def __init__(self, encoder: VisionEncoder, tap: Tap, sae: SparseAutoencoder | None, pooling: str) -> None:
        encoder.check(tap)
        self.encoder = encoder
        self.tap = Tap(tap.block, "patches") if tap.tokens == "random" else tap
        self.sae = sae.to(encoder.device) if sae else None
        self.pooling = pooling
        self.grid = encoder.grid if self.tap.tokens == "patches" else None
        self.crop = encoder.crop

    @torch.inference_mode()
    def fired(self, image: Image.Image, limit: int = 24) -> list[Fired]:
        """The `limit` neurons that fire most strongly for an upright RGB picture, strongest first."""
        v_td = self.encoder.read(self.encoder.prepare([image]), self.tap)[0]
        a_ts = self.sae.encode(v_td).to_dense() if self.sae else v_td
        a_s = a_ts.amax(0) if self.pooling == "max" else a_ts.mean(0)
        strongest = a_s.topk(min(limit, len(a_s)))
        return [
            Fired(neuron, activation, a_ts[:, neuron].reshape(self.grid).float().cpu().numpy() if self.grid else None)
            for activation, neuron in zip(strongest.values.tolist(), strongest.indices.tolist(), strict=True)
            if activation > 0
        ]


def load_firing(atlas: Atlas) -> Firing:
    """Load what an atlas needs to read new pictures.

    Raises:
        UserError: if its activations were brought as a file, or its encoder is missing or not the same any more.
    """
    info = atlas.manifest.encoder
    if info.library == "none":
        raise UserError(f"atlas {atlas.name} was built from brought activations: no encoder is known that could read a picture")
    source = str((atlas.directory / info.source).resolve()) if info.local else info.source
    if info.local and not Path(source).is_dir():
        raise UserError(
            f"atlas {atlas.name} needs its encoder {info.name} at {info.source} beside it: put it there, or {mending(source)}"
        )
    encoder = load_encoder(source)
    if encoder.weights_hash() != info.weights:
        raise UserError(f"atlas {atlas.name} was made with other weights of {info.name} than are found now: {mending(source)}")
    sae = None if atlas.manifest.sae.kind == "none" else SparseAutoencoder.load(atlas.directory)
    return Firing(encoder, Tap.parse(atlas.manifest.tap.name), sae, atlas.manifest.pooling)
