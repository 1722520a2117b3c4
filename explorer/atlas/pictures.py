"""Picture files, from anyone, made upright RGB; and the thumbnails kept of them.

Handled: EXIF rotation, transparency (over white), palettes, CMYK, 16-bit grey, the first frame of animations. Refused with
a reason: what is no picture, is cut off, or would unpack to more than MAX_PIXELS.
"""

import hashlib
import io
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from explorer.errors import UserError

MAX_PIXELS = 100_000_000  # a 100-megapixel picture takes 300 MB unpacked; larger ones are taken for bombs
THUMBNAIL_SIDE = 256  # px of the longer side: a 128 px tile on a screen of double density
WEBP_QUALITY = 80


def picture_hash(data: bytes) -> str:
    """The name of a picture everywhere: 32 hexadecimal digits of its file's SHA-256."""
    return hashlib.sha256(data).hexdigest()[:32]


def decode_picture(data: bytes) -> Image.Image:
    """Unpack a picture file to an upright RGB image.

    Raises:
        UserError: with the reason it cannot be used.
    """
    if not data:
        raise UserError("the file is empty")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of sizes that the check below refuses
            image = Image.open(io.BytesIO(data))
            _refuse_bomb(image)
            return _to_rgb(ImageOps.exif_transpose(image))
    except UserError:
        raise
    except Image.UnidentifiedImageError as error:
        raise UserError("not a picture, or of a kind that Pillow does not read") from error
    except Exception as error:  # decoders of foreign bytes raise anything: OSError, SyntaxError, struct.error, …
        raise UserError(f"damaged or cut off ({error})") from error


def open_picture(path: str | Path) -> Image.Image:
    """`decode_picture` of a file.

    Raises:
        UserError: if it cannot be read or used.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise UserError(f"cannot be read ({error.strerror or error})") from error
    return decode_picture(data)


def thumbnail(image: Image.Image) -> tuple[bytes, tuple[int, int]]:
    """A small WebP of an RGB image, and its (width, height); smaller pictures keep their size."""
    small = image.copy()
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    packed = io.BytesIO()
    small.save(packed, "WEBP", quality=WEBP_QUALITY, method=4)
    return packed.getvalue(), small.size


def _refuse_bomb(image: Image.Image) -> None:
    pixels = image.width * image.height
    if pixels > MAX_PIXELS:
        raise UserError(f"{image.width} × {image.height} pixels is more than the {MAX_PIXELS // 10**6} megapixels accepted")


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):  # 16 bits a pixel: convert("RGB") would clip all above 255
        levels = np.asarray(image).astype(np.float64)
        image = Image.fromarray((levels / 257 if levels.max() > 255 else levels).clip(0, 255).astype(np.uint8))
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    return image.convert("RGB")
