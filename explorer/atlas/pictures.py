"""Picture files, from anyone, made upright RGB of bounded size; and the thumbnails kept of them.

Handled: EXIF rotation, transparency (over white), palettes, CMYK, 16-bit grey, the first frame of animations. Refused with
a reason: what is no picture, is cut off, or is beyond the limits (`picture_limits`), from its header alone. Whatever is accepted
takes less than 300 MB to unpack: large pictures are made small a strip at a time, before anything is converted.
"""

import hashlib
import io
import warnings
from collections.abc import Iterator

import numpy as np
from PIL import Image

from explorer.atlas.picture_boxes import check_frames
from explorer.atlas.picture_exif import orientation
from explorer.atlas.picture_limits import VISITOR, Limits
from explorer.atlas.picture_parts import plain
from explorer.errors import UserError, VisitorError

SHORTER_SIDE, LONGER_SIDE = 2047, 4096  # px of a picture at most; larger ones are reduced by a whole number
STRIP_PIXELS = 2**20  # of a picture, converted at once
THUMBNAIL_SIDE = 256  # px of the longer side: a 128 px tile on a screen of double density
WEBP_QUALITY = 80
_TURNS = {  # EXIF 2.32, tag Orientation
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def picture_hash(data: bytes) -> str:
    """The name of a picture everywhere: 32 hexadecimal digits of its file's SHA-256."""
    return hashlib.sha256(data).hexdigest()[:32]


def decode_picture(data: bytes, limits: Limits = VISITOR) -> Image.Image:
    """Unpack a picture file to an upright RGB image, its shorter side at most 2,047 px and its longer one 4,096.

    Args:
        limits: what larger or longer pictures are refused by.

    Raises:
        UserError: with the reason it cannot be used, which names nothing of the host.
    """
    limits.check_file(len(data))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of sizes that the check below refuses
            file = plain(data)
            image = Image.open(io.BytesIO(file.data), formats=limits.formats)
            limits.check_header(image, len(data))
            if image.format == "AVIF":
                check_frames(data, image.width * image.height)
            small = _small_rgb(image)
            turn = orientation(image.info.get("exif", b"")) if file.orientation is None else file.orientation
            return small.transpose(_TURNS[turn]) if turn in _TURNS else small
    except UserError:
        raise
    except Image.UnidentifiedImageError as error:
        raise VisitorError(f"not a picture, or of a kind that is not read ({', '.join(limits.formats)} are)") from error
    except Image.DecompressionBombError as error:
        raise VisitorError(f"more than the {limits.megapixels:g} megapixels accepted") from error
    except Exception as error:  # decoders of foreign bytes raise anything: OSError, SyntaxError, struct.error, …
        raise UserError(f"damaged or cut off ({error})", public="damaged or cut off") from error


def thumbnail(image: Image.Image) -> tuple[bytes, tuple[int, int]]:
    """A small WebP of an RGB image, and its (width, height); smaller pictures keep their size."""
    small = image.copy()
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    packed = io.BytesIO()
    small.save(packed, "WEBP", quality=WEBP_QUALITY, method=6)
    return packed.getvalue(), small.size


def _small_rgb(image: Image.Image) -> Image.Image:
    """Unpack an opened picture, reduced by a whole number where it is large, and never converted whole."""
    factor = _reduction(image.size)
    if factor > 1:
        image.draft(None, (image.width // factor, image.height // factor))  # a JPEG is unpacked smaller, by 2, 4 or 8
    image.load()
    factor = _reduction(image.size)  # what is left to do
    bright = image.mode.startswith("I") and any(np.asarray(strip).max() > 255 for _, strip in _strips(image, 1))
    small = Image.new("RGB", (-(-image.width // factor), -(-image.height // factor)))
    for top, strip in _strips(image, factor):
        rgb = _to_rgb(strip, bright)
        small.paste(rgb.reduce(factor) if factor > 1 else rgb, (0, top // factor))
    return small


def _reduction(size: tuple[int, int]) -> int:
    return max(-(-min(size) // SHORTER_SIDE), -(-max(size) // LONGER_SIDE))


def _strips(image: Image.Image, factor: int) -> Iterator[tuple[int, Image.Image]]:
    """Top and pixels of strips whose heights, but the last one's, are multiples of `factor`."""
    rows = max(1, STRIP_PIXELS // (image.width * factor)) * factor
    for top in range(0, image.height, rows):
        yield top, image.crop((0, top, image.width, min(image.height, top + rows)))


def _to_rgb(image: Image.Image, bright: bool) -> Image.Image:
    """Over white; `bright`: its grey has 16 bits a pixel, and convert("RGB") would clip all above 255."""
    if image.mode.startswith("I"):
        levels = np.asarray(image)
        image = Image.fromarray((levels.clip(0, 65535) // 257 if bright else levels.clip(0, 255)).astype(np.uint8))
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    return image.convert("RGB")
