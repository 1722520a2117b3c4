"""Texts as directions among an atlas's images: what a text is compared with are the means of each neuron's images.

    t(text)         = mean over PROMPTS of the unit embedding of the prompt with the text in it
    direction(text) = t(text) less the mean t of the names that the atlas's neurons have, unit length

The images' mean is taken off where the means are made (`precompute.naming.shown`), the texts' mean here, for some neurons are
near every text, as some images are. On Storybook this is worth up to 15 points of recall (`tests.bench.search`).
"""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from explorer.atlas.atlas import Atlas
from explorer.atlas.encoder_source import encoder_source, unusable
from explorer.atlas.manifest import FITS, SearchInfo
from explorer.errors import UserError, repair_hint
from explorer.models.encoders.base import VisionEncoder
from explorer.models.encoders.loading import load_texts
from explorer.models.encoders.text import TextEncoder
from explorer.models.recent import Recent
from explorer.models.taps import PROJECTION, Tap

PROMPTS = ("{}", "a picture of {}", "a picture of a {}")  # CLIP's, arXiv 2103.00020, section 3.1.4, and the words alone
MOST_NAMES = 64  # whose mean is taken off: the commonest
KEPT = 256  # texts whose direction is kept


class TextReader:
    """A text tower and what its texts have in common.

    Args:
        tower: of the model that the atlas's meanings were made by.
        names: of the atlas's neurons, whose mean is taken off; none where it has no names.
    """

    def __init__(self, tower: TextEncoder, names: Sequence[str]) -> None:
        self.tower = tower
        self._centre_e = self._embed(names).mean(0) if names else torch.zeros(1)
        self._kept: Recent[np.ndarray] = Recent(KEPT)

    def kept(self, text: str) -> Float[np.ndarray, " e"] | None:
        """The direction of a text that was asked for lately."""
        return self._kept.get(text)

    def direction(self, text: str) -> Float[np.ndarray, " e"]:
        """The direction of a text, unit length."""
        return self._kept.keep(text, self.directions([text])[0])

    def directions(self, texts: Sequence[str]) -> Float[np.ndarray, "n e"]:
        """The directions of several texts, unit rows; none is kept."""
        return _unit(self._embed(texts) - self._centre_e).numpy()

    def unknown(self, words: Sequence[str]) -> list[str]:
        """The words that the tokenizer has no token for: the tower reads a blank in their place."""
        return [word for word in words if not self.tower.knows(word)]

    def _embed(self, texts: Sequence[str]) -> Float[Tensor, "n e"]:
        """The mean of the unit embeddings of each text's prompts."""
        prompted_ne = self.tower.embed_all([prompt.format(text) for text in texts for prompt in PROMPTS])
        return _unit(prompted_ne).reshape(len(texts), len(PROMPTS), -1).mean(1)


@torch.inference_mode()
def image_direction(encoder: VisionEncoder, image: Image.Image, centre: Float[np.ndarray, " e"]) -> Float[np.ndarray, " e"]:
    """The direction of an upright RGB image, unit length.

    Args:
        centre: the mean image of the atlas.
    """
    embedded_e = encoder.read(encoder.prepare([image]), Tap.parse(PROJECTION))[0, 0].cpu()
    return _unit(_unit(embedded_e) - torch.from_numpy(centre.astype(np.float32))).numpy()


def load_text_reader(
    atlas: Atlas, search: SearchInfo, allowed: Sequence[Path] = (), towers: Callable[[str], TextEncoder] = load_texts
) -> TextReader:
    """Load what reads texts for an atlas.

    Args:
        search: of the atlas's manifest.
        allowed: directories that the model may lie in, besides the one two above the atlas.
        towers: gives a text tower by its source; a model pool gives the one that it holds.

    Raises:
        UserError: if it is missing, elsewhere, or not the same any more.
    """
    source = encoder_source(atlas, allowed, search.model)
    try:
        tower = towers(source)
    except UserError as error:
        raise unusable(atlas, str(error), "cannot be loaded") from error
    if tower.weights_hash != search.model.weights:
        message = f"atlas {atlas.name} was described by other weights of {search.model.name} than are found now"
        raise unusable(atlas, f"{message}: {repair_hint(source)}", "has other weights than the atlas was described with")
    return TextReader(tower, _names(atlas))


def _names(atlas: Atlas) -> list[str]:
    fits = atlas.neurons["name_score"].to_numpy() >= FITS
    return [name for name, _ in Counter(atlas.neurons["name"].to_numpy(object)[fits].tolist()).most_common(MOST_NAMES)]


def _unit(vectors: Tensor) -> Tensor:
    return torch.nn.functional.normalize(vectors, dim=-1)
