"""The neurons that activate for an image, how strongly, and where: an atlas's encoder, tap and SAE run on one image."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image

from explorer.atlas.atlas import Atlas
from explorer.errors import UserError, repair_hint
from explorer.models.atlas_sae import load_sae
from explorer.models.encoder_source import encoder_source, unusable
from explorer.models.encoders.base import VisionEncoder
from explorer.models.encoders.loading import load_encoder
from explorer.models.sae import SparseAutoencoder
from explorer.models.taps import Tap


class NeuronActivation(NamedTuple):
    """The response of one neuron to an image."""

    neuron: int
    activation: float  # pooled over the tokens the way the atlas pools them
    patches: np.ndarray | None  # (rows, columns) activation per patch; None where the tap has no patches


class NeuronReader:
    """Runs images through encoder, tap and SAE.

    Args:
        encoder: the atlas's.
        tap: the atlas's; random tokens are read as all patches, so that an image's activations do not change.
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
    def read(self, image: Image.Image, limit: int = 24) -> list[NeuronActivation]:
        """The `limit` neurons that activate most strongly for an upright RGB image, strongest first; none at 0."""
        v_td = self.encoder.read(self.encoder.prepare([image]), self.tap)[0]
        a_ts = self.sae.encode(v_td).to_dense() if self.sae else v_td
        a_s = a_ts.amax(0) if self.pooling == "max" else a_ts.mean(0)
        strongest = a_s.topk(min(limit, len(a_s)))
        return [
            NeuronActivation(neuron, activation, a_ts[:, neuron].reshape(self.grid).float().cpu().numpy() if self.grid else None)
            for activation, neuron in zip(strongest.values.tolist(), strongest.indices.tolist(), strict=True)
            if activation > 0
        ]


def load_neuron_reader(
    atlas: Atlas,
    allowed: Sequence[Path] = (),
    encoders: Callable[[str], VisionEncoder] = load_encoder,
    saes: Callable[[Atlas], SparseAutoencoder] = load_sae,
) -> NeuronReader:
    """Load what an atlas needs to read new images.

    Args:
        allowed: directories that its encoder may lie in, besides the one two above the atlas; `ANYWHERE` on one's own machine.
        encoders: gives an encoder by its source; a model pool gives the one that it holds.
        saes: the same for an atlas's SAE.

    Raises:
        UserError: if its activations were brought as a file, or its encoder is missing, elsewhere, or not the same any more.
    """
    info = atlas.manifest.encoder
    source = encoder_source(atlas, allowed)
    try:
        encoder = encoders(source)
    except UserError as error:
        raise unusable(atlas, str(error), "cannot be loaded") from error
    if encoder.weights_hash != info.weights:
        message = f"atlas {atlas.name} was made with other weights of {info.name} than are found now: {repair_hint(source)}"
        raise unusable(atlas, message, "has other weights than the atlas was made with")
    sae = None if atlas.manifest.sae.kind == "none" else saes(atlas)
    return NeuronReader(encoder, Tap.parse(atlas.manifest.tap.name), sae, atlas.manifest.pooling)
