"""The neurons that activate for an image, how strongly, and where: an atlas's encoder, tap and SAE run on one image."""

from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image

from explorer.atlas.atlas import Atlas
from explorer.atlas.encoder_source import encoder_source, unusable
from explorer.errors import UserError, repair_hint
from explorer.models.atlas_sae import load_sae
from explorer.models.codes import Codes
from explorer.models.encoders.base import VisionEncoder
from explorer.models.encoders.loading import load_encoder
from explorer.models.recent import Recent
from explorer.models.sae import SparseAutoencoder
from explorer.models.taps import Tap

KEPT = 16  # images whose codes are kept: a CLIP-L's patches take 0.2 MB with 20 neurons a patch, 9 MB as original dimensions


class NeuronActivation(NamedTuple):
    """The response of one neuron to an image."""

    neuron: int
    activation: float  # pooled over the tokens the way the atlas pools them
    patches: np.ndarray | None  # (rows, columns) activation per patch; None where the tap has no patches


class ImageCodes(NamedTuple):
    """What encoder, tap and SAE make of one image."""

    codes: Codes  # a row a token
    error: np.ndarray | None  # ‖v − v̂‖² per token: what the SAE misses; None without an SAE, which misses nothing
    variation: np.ndarray | None  # ‖v − b_dec‖² per token: what it would miss if no neuron fired


class NeuronReader:
    """Runs images through encoder, tap and SAE. The codes of the last `KEPT` images are kept, by name.

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
        self._recent = Recent[ImageCodes](KEPT)

    def read(self, image: Image.Image, limit: int = 24) -> list[NeuronActivation]:
        """The `limit` neurons that activate most strongly for an upright RGB image, strongest first; none at 0."""
        codes = self.encode(image).codes
        neurons, activations = self.pooled(codes)
        first = np.argsort(-activations, kind="stable")[:limit]
        maps = self.maps(codes, neurons[first])
        shown = zip(neurons[first].tolist(), activations[first].tolist(), maps, strict=True)
        return [NeuronActivation(*response) for response in shown]

    @torch.inference_mode()
    def encode(self, image: Image.Image) -> ImageCodes:
        """The codes of an upright RGB image's tokens, and how well they reconstruct it."""
        v_td = self.encoder.read(self.encoder.prepare([image]), self.tap)[0]
        if self.sae is None:
            return ImageCodes(Codes.from_dense(v_td), None, None)
        codes = self.sae.encode(v_td)
        missed_td, whole_td = v_td - self.sae.decode(codes), v_td - self.sae.b_dec
        error, variation = (part_td.square().sum(1).cpu().numpy() for part_td in (missed_td, whole_td))
        return ImageCodes(codes, error, variation)

    def encode_named(self, key: Hashable, load: Callable[[], Image.Image]) -> ImageCodes:
        """`encode` of the image that `load` gives, unless the codes of the one so named are kept."""
        return self._recent.get_or(key, lambda: self.encode(load()))

    @torch.inference_mode()
    def pooled(self, codes: Codes, region: Sequence[int] = ()) -> tuple[np.ndarray, np.ndarray]:
        """The neurons that fire in an image, ascending, and their activations, pooled the way the atlas pools them.

        Args:
            codes: of the image's tokens.
            region: pool over these tokens alone; all if empty.
        """
        chosen = codes.take(torch.tensor(region, device=codes.values.device)) if region else codes
        pooled = chosen.pool_tokens(len(chosen), self.pooling)
        firing = pooled.values > 0
        return pooled.neurons[firing].cpu().numpy(), pooled.values[firing].cpu().numpy()

    @torch.inference_mode()
    def maps(self, codes: Codes, neurons: np.ndarray) -> list[np.ndarray | None]:
        """Each neuron's activation per patch, (rows, columns); None where the tap has no patches."""
        if self.grid is None:
            return [None] * len(neurons)
        columns = codes.columns(torch.from_numpy(neurons).to(codes.values.device))
        return list(columns.reshape(len(neurons), *self.grid).cpu().numpy())


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
