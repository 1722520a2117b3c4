"""Pictures that cost more than they look: small files that unpack to much, ask for long work, or say what is not so.

And the largest pictures that are accepted, of each format and mode. All are made here, none is kept.
"""

import io
import struct
import zlib
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
from PIL import Image

from tests.attacks.picture_files import MEGABYTE, bmp, chunk, deflated_zeros, gif, greedy_exif, png, tiff

LARGEST = (6708, 4472)  # just within 30 megapixels
WEBP, AVIF, CMYK = (4580, 3056), (4415, 2944), (5470, 3650)  # just within 14, 13 and 20
LONG = (38_700, 775)  # just within 50 : 1 and 30 megapixels
_ACTL, _FCTL = struct.pack(">II", 2, 0), ">IIIIIHHBB"


class Bomb(NamedTuple):
    """A picture, and what becomes of it."""

    make: Callable[[], bytes]
    refused: bool  # or else it gives a picture
    quick: bool = True  # made in less than about half a second


def bombs() -> dict[str, Bomb]:
    """All of them, by name."""
    return _refused_by_size() | _refused_by_parts() | _other_kinds() | _largest_png() | _largest_jpeg() | _largest_others()


def saved(size: tuple[int, int], mode: str, kind: str, **options: object) -> bytes:
    """A picture with a texture in every mode that Pillow writes."""
    file = io.BytesIO()
    _texture(size, mode).save(file, kind, **options)
    return file.getvalue()


def turned(orientation: int) -> Image.Exif:
    """EXIF that says how a picture is to be turned, 1 to 8."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def _texture(size: tuple[int, int], mode: str) -> Image.Image:
    """Noise repeated every 512 px, brighter from left to right."""
    channels = {"RGB": 3, "RGBA": 4, "CMYK": 4, "LA": 2}.get(mode, 1)
    tile = np.random.default_rng(0).integers(0, 96, (512, 512, channels), dtype=np.uint8)
    across, down = -(-size[0] // 512), -(-size[1] // 512)
    levels = np.tile(tile, (down, across, 1))[: size[1], : size[0]]
    levels += (np.arange(size[0]) * 159 // size[0]).astype(np.uint8)[None, :, None]
    if mode == "I;16":
        return Image.fromarray(levels[..., 0].astype(np.uint16) * 257)
    if mode == "F":
        return Image.fromarray(levels[..., 0].astype(np.float32))
    return Image.fromarray(levels if channels > 1 else levels[..., 0], "L" if channels == 1 else mode).convert(mode)


def _refused_by_size() -> dict[str, Bomb]:
    apng = chunk(b"acTL", _ACTL) + chunk(b"fcTL", struct.pack(_FCTL, 0, 9990, 9990, 0, 0, 1, 1, 1, 0))
    return {
        "png 25,000 × 1": Bomb(lambda: png(25_000, 1), True),
        "png 1 × 1,000,000": Bomb(lambda: png(1, 1_000_000), True),
        "png 100 megapixels of 16-bit RGBA": Bomb(lambda: png(9990, 9990, 16), True),
        "png 100 megapixels, animated": Bomb(lambda: png(9990, 9990, extra=apng), True),
        "png 900 megapixels": Bomb(lambda: png(30_000, 30_000, packed=b""), True),
        "png that says 5,000 × 5,000 and holds a row": Bomb(lambda: png(5000, 5000, packed=b"\x78\xda\x03\0\0\0\0\1"), True),
        "gif with a huge screen": Bomb(lambda: gif(65_535, 65_535), True),
        "gif with a huge frame": Bomb(lambda: gif(16, 16, frame=(0, 0, 65_535, 65_535)), True),
        "webp 268 megapixels": Bomb(_huge_webp, True),
        "jpeg 4,290 megapixels": Bomb(_huge_jpeg, True),
        "bmp 10,000 megapixels": Bomb(lambda: bmp(100_000, 100_000, 0, b""), True),
        "bmp 30 megapixels, RLE": Bomb(lambda: bmp(*LARGEST, 1, b"\0\0" * 2000), True),
        "tiff 900 megapixels": Bomb(lambda: tiff(_tiff_tags(30_000, 30_000, 8, [8])), True),
        "avif larger inside than it says": Bomb(_hidden_avif, True, quick=False),
        "webp just beyond": Bomb(partial(saved, (4600, 3060), "RGB", "WEBP", method=0), True, quick=False),
        "avif of too many bytes": Bomb(partial(saved, AVIF, "RGBA", "AVIF", speed=10, quality=90), True, quick=False),
        "avif just beyond": Bomb(partial(saved, (4420, 2945), "RGB", "AVIF", speed=10), True, quick=False),
    }


def _refused_by_parts() -> dict[str, Bomb]:
    tile = [(322, 4, [60_000]), (323, 4, [60_000]), (324, 4, [8]), (325, 4, [3000])]
    plain = _tiff_tags(64, 64, 1, [8], [4096])
    exif = greedy_exif(60_000, 4000)
    return {
        "png of a million chunks": Bomb(lambda: png(64, 64, extra=chunk(b"teSt", b"") * 1_000_000), True),
        "jpeg of four million segments": Bomb(lambda: b"\xff\xd8" + b"\xff\xfe\0\2" * 4_000_000 + _small("JPEG")[2:], True),
        "jpeg of a thousand scans": Bomb(partial(_scans, LARGEST, 1000), True, quick=False),
        "jpeg with arithmetic codes": Bomb(lambda: _small("JPEG").replace(b"\xff\xc0", b"\xff\xc9"), True),
        "gif of junk": Bomb(lambda: gif(16, 16, [b"\x01" * 15 * MEGABYTE]), True),
        "gif with a long comment": Bomb(lambda: gif(16, 16, [b"!\xfe", (b"\xff" + b"x" * 255) * 60_000, b"\0"]), True),
        "tiff with a huge tile": Bomb(lambda: tiff(_tiff_tags(64, 64, 8, [8])[:-3] + tile, b"\0" * 3000), True),
        "tiff of five million strips": Bomb(lambda: tiff(_tiff_tags(64, 64, 1, [8] * 5_000_000), b"\0" * 4096), True),
        "tiff whose tags name all, again and again": Bomb(lambda: greedy_exif(2 * MEGABYTE, 65_000), True),
        "tiff packed by LZMA": Bomb(lambda: tiff(_tiff_tags(64, 64, 34_925, [8], [4096]), b"\0" * 4096), True),
        "bigtiff": Bomb(lambda: tiff(plain, b"\0" * 4096, magic=b"II+\0"), True),
        "avif with greedy EXIF": Bomb(partial(_avif_with, b"Exif\0\0" + exif), True),
        "jpeg with greedy EXIF": Bomb(partial(saved, (64, 64), "RGB", "JPEG", exif=b"Exif\0\0" + exif), False),
        "webp with greedy EXIF": Bomb(partial(saved, (64, 64), "RGB", "WEBP", exif=greedy_exif(2 * MEGABYTE, 65_000)), False),
        "png with greedy EXIF": Bomb(lambda: png(64, 64, extra=chunk(b"eXIf", greedy_exif(2 * MEGABYTE, 65_000))), False),
        "png with 60 MB of texts": Bomb(lambda: png(64, 64, extra=_texts() * 60), False),
        "png with a bomb of a profile": Bomb(
            lambda: png(64, 64, extra=chunk(b"iCCP", b"p\0\0" + deflated_zeros(200 * MEGABYTE))), False
        ),
    }


def _other_kinds() -> dict[str, Bomb]:
    eps = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9000 9000\n%%EndComments\n{} loop\n%%EOF\n"
    return {
        "eps": Bomb(lambda: eps, True),
        "pdf": Bomb(partial(saved, (64, 64), "RGB", "PDF"), True),
        "svg": Bomb(lambda: b'<svg xmlns="http://www.w3.org/2000/svg" width="9000" height="9000"/>', True),
        "ico": Bomb(partial(saved, (64, 64), "RGB", "ICO"), True),
        "jpeg 2000": Bomb(partial(saved, (64, 64), "RGB", "JPEG2000"), True),
        "eps that begins as a gif": Bomb(lambda: b"GIF89a" + eps, True),
        "jpeg with a zip behind it": Bomb(lambda: _small("JPEG") + b"PK\3\4" + b"\0" * MEGABYTE, False),
        "jpeg cut off": Bomb(lambda: saved((2000, 1500), "RGB", "JPEG")[:-100_000], True),
        "png cut off": Bomb(lambda: png(*LARGEST)[:-9000], True),
        "webp cut off": Bomb(lambda: saved((500, 500), "RGB", "WEBP")[:-5000], True),
        "nothing": Bomb(lambda: b"", True),
    }


def _largest_png() -> dict[str, Bomb]:
    palette = chunk(b"PLTE", bytes(768)) + chunk(b"tRNS", bytes(256))
    animated = chunk(b"acTL", _ACTL) + chunk(b"fcTL", struct.pack(_FCTL, 0, *LARGEST, 0, 0, 1, 1, 1, 0))
    made: dict[str, Callable[[], bytes]] = {
        "png RGBA": lambda: png(*LARGEST),
        "png 16-bit RGBA": lambda: png(*LARGEST, 16),
        "png 16-bit RGB": lambda: png(*LARGEST, 16, 2),
        "png 16-bit grey": lambda: png(*LARGEST, 16, 0),
        "png 16-bit grey and alpha": lambda: png(*LARGEST, 16, 4),
        "png one bit": lambda: png(*LARGEST, 1, 0),
        "png palette with transparency": lambda: png(*LARGEST, 8, 3, palette),
        "png RGB with a transparent colour": lambda: png(*LARGEST, 8, 2, chunk(b"tRNS", bytes(6))),
        "png interlaced 16-bit RGBA": lambda: png(*LARGEST, 16, interlaced=True),
        "png animated": lambda: png(*LARGEST, extra=animated),
        "png long": lambda: png(*LONG),
        "png tall": lambda: png(*reversed(LONG)),
        "png with texts, at the largest": lambda: png(*LARGEST, extra=_texts() * 60),
    }
    noisy = {"png of noise": Bomb(partial(saved, (4000, 3000), "RGB", "PNG", compress_level=1), False, quick=False)}
    return {name: Bomb(make, False) for name, make in made.items()} | noisy


def _largest_jpeg() -> dict[str, Bomb]:
    fine = {"quality": 80, "subsampling": 0}
    made: dict[str, Callable[[], bytes]] = {
        "jpeg": partial(saved, LARGEST, "RGB", "JPEG", **fine),
        "jpeg grey": partial(saved, LARGEST, "L", "JPEG", quality=90),
        "jpeg CMYK": partial(saved, CMYK, "CMYK", "JPEG", quality=50),
        "jpeg progressive": partial(saved, LARGEST, "RGB", "JPEG", progressive=True, quality=80),
        "jpeg progressive CMYK": partial(saved, CMYK, "CMYK", "JPEG", progressive=True, quality=50),
        "jpeg progressive CMYK, unreduced": partial(saved, (4096, 2047), "CMYK", "JPEG", progressive=True, quality=70),
        "jpeg progressive CMYK, long": partial(saved, (31_500, 634), "CMYK", "JPEG", progressive=True, quality=50),
        "jpeg of 30 scans": partial(_scans, LARGEST, 30),
    }
    return {name: Bomb(make, False, quick=False) for name, make in made.items()}


def _largest_others() -> dict[str, Bomb]:
    more = {"save_all": True, "append_images": [_texture((64, 64), "L")]}
    half = (4740, 3160)  # just within 15 megapixels
    made: dict[str, Callable[[], bytes]] = {
        "webp": partial(saved, WEBP, "RGB", "WEBP", method=0),
        "webp RGBA": partial(saved, WEBP, "RGBA", "WEBP", method=0, quality=50, alpha_quality=50),
        "webp lossless RGBA": partial(saved, WEBP, "RGBA", "WEBP", lossless=True, quality=0, method=0),
        "webp animated": partial(_animated_webp, WEBP),
        "avif": partial(saved, AVIF, "RGB", "AVIF", speed=10),
        "avif RGBA 4:4:4": partial(saved, AVIF, "RGBA", "AVIF", speed=10, quality=60, subsampling="4:4:4"),
        "tiff deflate RGBA": partial(_flat, LARGEST, "RGBA", "TIFF", compression="tiff_adobe_deflate"),
        "tiff LZW": partial(_flat, LARGEST, "RGB", "TIFF", compression="tiff_lzw"),
        "tiff jpeg": partial(saved, LARGEST, "RGB", "TIFF", compression="jpeg"),
        "tiff packbits CMYK": partial(_flat, LARGEST, "CMYK", "TIFF", compression="packbits"),
        "tiff 16-bit grey": partial(saved, LARGEST, "I;16", "TIFF", compression="tiff_lzw"),
        "tiff float": partial(saved, (4700, 4700), "F", "TIFF"),
        "tiff raw RGB": partial(saved, (6700, 4470), "RGB", "TIFF"),
        "tiff turned": partial(_flat, half, "RGB", "TIFF", compression="tiff_lzw", exif=turned(6)),
        "tiff of one strip": partial(saved, (4700, 4700), "RGB", "TIFF", compression="tiff_lzw", tiffinfo={278: 4700}),
        "gif": partial(saved, LARGEST, "L", "GIF"),
        "gif animated": partial(saved, LARGEST, "L", "GIF", **more),
        "bmp": partial(saved, (6700, 4470), "RGB", "BMP"),
    }
    runs = {"bmp RLE": Bomb(lambda: bmp(998, 998, 1, (b"\1\7" * 998 + b"\0\0") * 998), False)}
    lines = {"bmp RLE of empty lines": Bomb(lambda: bmp(998, 998, 1, b"\1\7\0\0" * 998), False)}
    return {name: Bomb(make, False, quick=False) for name, make in made.items()} | runs | lines


def _flat(size: tuple[int, int], mode: str, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    Image.new(mode, size).save(file, kind, **options)
    return file.getvalue()


def _small(kind: str) -> bytes:
    return saved((64, 64), "RGB", kind)


def _texts() -> bytes:
    """A text of a megabyte, in 1 kB; one rare letter makes Python take four bytes for each of the others."""
    text = "x" * (MEGABYTE - 8) + "\N{GRINNING FACE}"
    return chunk(b"iTXt", b"Note\0\1\0\0\0" + zlib.compress(text.encode(), 9))


def _huge_webp() -> bytes:
    data = bytearray(saved((16, 16), "RGB", "WEBP", lossless=True))
    at = data.index(b"VP8L") + 9
    data[at : at + 4] = struct.pack("<I", struct.unpack_from("<I", data, at)[0] >> 28 << 28 | 16_382 << 14 | 16_382)
    return bytes(data)


def _huge_jpeg() -> bytes:
    data = bytearray(_small("JPEG"))
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">HH", 65_500, 65_500)
    return bytes(data)


def _hidden_avif() -> bytes:
    """The header says 100 × 100 pixels, the frame has 36 megapixels."""
    data = bytearray(saved((6000, 6000), "L", "AVIF", speed=10))
    at = data.index(b"ispe") + 8
    data[at : at + 8] = struct.pack(">II", 100, 100)
    return bytes(data)


def _avif_with(exif: bytes) -> bytes:
    """Pillow reads EXIF before it writes it, so this replaces a text of the same length."""
    placeholder = b"II*\0\x08\0\0\0\0\0" + b"@" * (len(exif) - 16)
    return saved((64, 64), "RGB", "AVIF", exif=b"Exif\0\0" + placeholder).replace(placeholder, exif[6:])


def _animated_webp(size: tuple[int, int]) -> bytes:
    other = _texture(size, "RGB").transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return saved(size, "RGB", "WEBP", save_all=True, append_images=[other], method=0)


def _scans(size: tuple[int, int], count: int) -> bytes:
    """A progressive JPEG whose last scan comes again and again."""
    file = io.BytesIO()
    Image.new("RGB", size, (40, 90, 200)).save(file, "JPEG", progressive=True)
    data = file.getvalue()
    last = data.rindex(b"\xff\xda")
    again = data[last:-2]
    return data[:-2] + again * (count - data.count(b"\xff\xda")) + b"\xff\xd9"


def _tiff_tags(
    width: int, height: int, packing: int, offsets: list[int], counts: list[int] | None = None
) -> list[tuple[int, int, list[int] | bytes]]:
    """Of a grey picture of 8 bits in strips."""
    size = [(256, 4, [width]), (257, 4, [height]), (258, 3, [8]), (259, 3, [packing]), (262, 3, [1])]
    return [*size, (273, 4, offsets), (278, 4, [height]), (279, 4, counts or [1] * len(offsets))]
