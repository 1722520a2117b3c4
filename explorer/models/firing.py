"""Which neurons fire for a picture, how strongly, and where: an atlas's encoder, tap and SAE run on one image."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image

from explorer.atlas.atlas import Atlas
from explorer.atlas.manifest import SAE_CONFIG, SAE_WEIGHTS
from explorer.errors import UserError, VisitorError, repair_hint
from explorer.models.encoders import VisionEncoder, load_encoder
from explorer.models.sae import SparseAutoencoder
from explorer.models.taps import Tap

ANYWHERE = (Path(Path.cwd().anchor),)  # for `allowed`: every directory of this machine
OPERATOR = "whoever runs this Monoscope can put it right."


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


def load_firing(atlas: Atlas, allowed: Sequence[Path] = ()) -> Firing:
    """Load what an atlas needs to read new pictures.

    Args:
        allowed: directories that its encoder may lie in, besides the one two above the atlas; `ANYWHERE` on one's own machine.

    Raises:
        UserError: if its activations were brought as a file, or its encoder is missing, elsewhere, or not the same any more.
    """
    info = atlas.manifest.encoder
    source = encoder_source(atlas, allowed)
    try:
        encoder = load_encoder(source)
    except UserError as error:
        raise _unusable(atlas, str(error), "cannot be loaded") from error
    if encoder.weights_hash() != info.weights:
        message = f"atlas {atlas.name} was made with other weights of {info.name} than are found now: {repair_hint(source)}"
        raise _unusable(atlas, message, "has other weights than the atlas was made with")
    sae = None if atlas.manifest.sae.kind == "none" else load_sae(atlas)
    return Firing(encoder, Tap.parse(atlas.manifest.tap.name), sae, atlas.manifest.pooling)


def load_sae(atlas: Atlas) -> SparseAutoencoder:
    """An atlas's SAE, its files verified.

    Raises:
        UserError: if one is missing or damaged.
    """
    with atlas.files.using(SAE_CONFIG), atlas.files.using(SAE_WEIGHTS):
        try:
            return SparseAutoencoder.load(atlas.directory)
        except UserError as error:
            raise UserError(str(error), f"The SAE of atlas {atlas.name} cannot be used; {OPERATOR}") from error


def encoder_source(atlas: Atlas, allowed: Sequence[Path] = ()) -> str:
    """An atlas's encoder as `load_encoder` takes it: a directory, a Hub id or one of open_clip's names.

    An atlas may come from a stranger, so what it names is held within bounds: a directory within the one two above the atlas or
    within an allowed one; a name only where no file or directory of that name would be loaded in its place.

    Raises:
        UserError: if it names none, or one that is out of these bounds or missing.
    """
    info = atlas.manifest.encoder
    if info.library == "none":
        what = "was built from brought activations: no encoder is known that could read a picture"
        raise VisitorError(f"Atlas {atlas.name} {what}.")
    if not info.local:
        if Path(info.source.removeprefix("open_clip:")).exists():
            message = f"atlas {atlas.name} names its encoder {info.source}, and a file of that name is here: start elsewhere"
            raise _unusable(atlas, message, "cannot be told from a file of this server")
        return info.source
    path = (atlas.directory / info.source).resolve()
    if not any(path.is_relative_to(root.resolve()) for root in (*_beside(atlas), *allowed)):
        how = "move it there, or name its directory in MONOSCOPE_MODELS"
        message = f"atlas {atlas.name} names its encoder {path}, which is not within two directories above the atlas: {how}"
        raise _unusable(atlas, message, "lies where this server may not read")
    if not path.is_dir():
        how = f"put it there, or {repair_hint(path)}"
        raise _unusable(
            atlas, f"atlas {atlas.name} needs its encoder {info.name} at {info.source} beside it: {how}", "is missing"
        )
    return str(path)


def _beside(atlas: Atlas) -> list[Path]:
    """The directory two above an atlas; none where that is the root of all files."""
    above = atlas.directory.resolve().parent.parent
    return [] if above == above.parent else [above]


def _unusable(atlas: Atlas, message: str, what: str) -> UserError:
    return UserError(message, f"The encoder of atlas {atlas.name} {what}; {OPERATOR}")
