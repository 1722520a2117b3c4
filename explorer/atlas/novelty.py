"""Whether a picture is of the kind an atlas was made from, judged by colour alone.

A model that has only ever seen drawings takes a photograph for a drawing, and its SAE reproduces it about as well: R² at the tap
could not tell photographs from storybook's scenes. From outside it is plain. Here a picture is foreign if its colours are farther
from those of the most similar of the atlas's own pictures than nearly all of these are from the others. It says nothing of what
is in the picture.
"""

from functools import lru_cache
from threading import Lock

import numpy as np
from jaxtyping import Float
from PIL import Image

from explorer.atlas.images import ImageStore
from explorer.atlas.pictures import decode_picture, thumbnail

OWN = 1024  # of the atlas's pictures that are looked at: half a second
LEAST = 100  # of fewer, nothing is said
SIDE = 64  # px; every picture is looked at as a square of this side, cut from its middle
BINS = (12, 4, 4)  # of hue, saturation and brightness
NEARLY_ALL = 0.97  # the loneliest pictures of a large atlas are near to anything
HALF_BIN = 10  # of hue, of 256
GREY = 24  # saturation or brightness, of 255


class Novelty:
    """Knows the colours of an image store's pictures, and with them whether a picture is new to it."""

    def __init__(self, images: ImageStore) -> None:
        kept = images.sample(OWN)
        self._own = np.array([colours(decode_picture(images.thumbnail(key) or b"")) for key in kept]).reshape(-1, np.prod(BINS))
        self.reach = _wide_gap(self._own) if len(kept) >= LEAST else np.inf

    def is_familiar(self, image: Image.Image) -> bool:
        """Whether an RGB picture's colours are as near to one of the atlas's pictures as those are to each other."""
        alike = decode_picture(thumbnail(image)[0])  # packed as the store's are: WebP smears the colours of the smallest
        return float(_distances(colours(alike)[None], self._own).min(initial=np.inf)) <= self.reach


def novelty_of(images: ImageStore) -> Novelty:
    """The novelty measure of a store's pictures; they never change, so they are looked at once, however many ask meanwhile."""
    with _looking:
        return _looked_at(images)


_looking, _looked_at = Lock(), lru_cache(maxsize=4)(Novelty)


def colours(image: Image.Image) -> Float[np.ndarray, " bins"]:
    """Square roots of the shares of a picture's colours, a unit vector: its distances are Hellinger's."""
    short = min(image.size)
    left, top = (image.width - short) // 2, (image.height - short) // 2
    small = image.resize((SIDE, SIDE), Image.Resampling.BOX, box=(left, top, left + short, top + short))
    pixels = np.array(small.convert("HSV")).reshape(-1, 3)
    pixels[:, 0] += HALF_BIN  # wraps at 256: pure colours come to lie in the middle of a bin
    pixels[(pixels[:, 1:] < GREY).any(1), 0] = 0  # near grey or black, the hue is noise
    bins = np.ravel_multi_index(tuple((pixels.astype(np.uint16) * BINS >> 8).T), BINS)
    return np.sqrt(np.bincount(bins, minlength=int(np.prod(BINS))) / len(pixels))


def _wide_gap(x: Float[np.ndarray, "n bins"]) -> float:
    """The distance within which nearly all of these have their nearest."""
    among = _distances(x, x)
    np.fill_diagonal(among, np.inf)
    return float(np.quantile(among.min(1), NEARLY_ALL))


def _distances(x: Float[np.ndarray, "n bins"], y: Float[np.ndarray, "m bins"]) -> Float[np.ndarray, "n m"]:
    return np.sqrt(np.clip(2 - 2 * x @ y.T, 0, None))
