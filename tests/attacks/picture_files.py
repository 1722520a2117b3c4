"""Picture files written byte by byte: what encoders would not write, or would take long to."""

import struct
import zlib
from collections.abc import Iterable, Sequence

MEGABYTE = 2**20
PNG = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by PNG's colour type
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def deflated_zeros(count: int) -> bytes:
    """A zlib stream of so many zeros, a thousandth of their size, made without compressing them all."""
    packer = zlib.compressobj(9, wbits=-15)
    block = packer.compress(b"\0" * MEGABYTE) + packer.flush(zlib.Z_FULL_FLUSH)  # stands alone, so it can be repeated
    last = zlib.compressobj(9, wbits=-15)
    end = last.compress(b"\0" * (count % MEGABYTE)) + last.flush()
    return b"\x78\xda" + block * (count // MEGABYTE) + end + struct.pack(">I", (count % 65521) << 16 | 1)


def chunk(name: bytes, content: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(
    width: int,
    height: int,
    depth: int = 8,
    colour: int = 6,
    extra: bytes = b"",
    interlaced: bool = False,
    packed: bytes | None = None,
) -> bytes:
    """A PNG whose samples are all 0.

    Args:
        colour: 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA.
        extra: chunks before the pixels.
        packed: instead of the pixels.
    """
    ihdr = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)
    passes = _ADAM7 if interlaced else ((0, 0, 1, 1),)
    sizes = [(-(-(width - x) // right), -(-(height - y) // down)) for x, y, right, down in passes]
    raw = sum(h * (1 + -(-w * depth * _CHANNELS[colour] // 8)) for w, h in sizes if w > 0 and h > 0)
    pixels = deflated_zeros(raw) if packed is None else packed
    return PNG + chunk(b"IHDR", ihdr) + extra + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def tiff(entries: Sequence[tuple[int, int, Sequence[int] | bytes]], pixels: bytes = b"", magic: bytes = b"II*\0") -> bytes:
    """A TIFF with one directory, its pixels at byte 8.

    Args:
        entries: tag, type and values (types 3 and 4) or bytes.
    """
    body, table = bytearray(magic + struct.pack("<I", 8 + len(pixels)) + pixels), b""
    values = b""
    after = len(body) + 2 + 12 * len(entries) + 4
    for tag, kind, found in entries:
        packed = found if isinstance(found, bytes) else struct.pack(f"<{len(found)}{'H' if kind == 3 else 'I'}", *found)
        if len(packed) > 4:
            packed, values = struct.pack("<I", after + len(values)), values + packed
        table += struct.pack("<HHI", tag, kind, len(found)) + packed.ljust(4, b"\0")
    return bytes(body) + struct.pack("<H", len(entries)) + table + b"\0" * 4 + values


def greedy_exif(size: int, entries: int) -> bytes:
    """EXIF whose entries all name the same bytes: nearly the whole block, again and again."""
    table = b"".join(struct.pack("<HHII", number, 7, size, 0) for number in range(entries))
    return (b"II*\0" + struct.pack("<IH", 8, entries) + table + b"\0" * 4).ljust(size, b"\0")


def gif(width: int, height: int, blocks: Iterable[bytes] = (), frame: tuple[int, int, int, int] = (0, 0, 1, 1)) -> bytes:
    """A GIF with one frame of one colour, of which only the first pixel is there."""
    screen = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    return screen + b"".join(blocks) + b"," + struct.pack("<HHHHB", *frame, 0) + b"\x02\x02\x44\x01\x00;"


def bmp(width: int, height: int, packing: int, pixels: bytes) -> bytes:
    """A BMP of 8 bits a pixel; `packing` 1 is RLE."""
    palette = bytes(range(256)) * 4
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, packing, len(pixels), 0, 0, 256, 0)
    return struct.pack("<2sIHHI", b"BM", 54 + 1024 + len(pixels), 0, 0, 54 + 1024) + info + palette + pixels
