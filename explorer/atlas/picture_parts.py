"""The parts of a picture file, walked before Pillow sees it, so that only those are left which decide its pixels.

Texts, profiles, comments and animations are where small files hide large work: texts that unpack to megabytes each, comments
that are joined a block at a time, EXIF whose thousands of entries each name the whole file. Formats: PNG 3rd edition, ITU T.81
(JPEG), GIF89a, RIFF (WebP), PPM; for TIFF and EXIF see `picture_exif`, for AVIF `picture_boxes`.
"""

import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

from explorer.atlas.picture_boxes import items
from explorer.atlas.picture_exif import check_directories, orientation, xmp_orientation
from explorer.errors import VisitorError

MOST_PARTS = 20_000  # of a file; Pillow walks most of them in Python, a microsecond or two each
MOST_SCANS = 30  # of a JPEG; common ones have 1 or 10, each passes over the whole picture: 25 ms of 30 megapixels
_DAMAGED = "damaged or cut off"
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # of a JPEG: not stuffed zeros, restarts or fill bytes
_BETWEEN = rb"(?:\s|#[^\r\n]*[\r\n])+"
_PPM_HEADER = re.compile(rb"P(?:[14](?:%b\d+){2}|[2356](?:%b\d+){3})\s" % (_BETWEEN, _BETWEEN))


class Plain(NamedTuple):
    """A picture file that holds what decides its pixels, and little else."""

    data: bytes
    orientation: int | None = 1  # EXIF's, 1 to 8: how the pixels are to be turned; None where Pillow reads it


def plain(data: bytes) -> Plain:
    """The file without what may be large and decides no pixel.

    Raises:
        VisitorError: if its parts are too many, or do not follow each other as they must.
    """
    for magic, walk in _WALKS.items():
        if data.startswith(magic, 4 if walk is _avif else 0):
            try:
                return walk(data)
            except (struct.error, IndexError) as error:
                raise VisitorError(_DAMAGED) from error
    return Plain(data)


def _png(data: bytes) -> Plain:
    """IHDR, PLTE, tRNS and the IDATs: without acTL, an animation is its first frame."""
    view, turn, at = memoryview(data), 1, 8
    kept = [view[:8]]
    for _ in _bounded():
        if at + 8 > len(data):
            break
        length, name = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if name in (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"):
            kept.append(view[at:end])
        elif name == b"eXIf":
            turn = orientation(data[at + 8 : end - 4])
        elif name == b"iTXt" and turn == 1 and data.startswith(b"XML:com.adobe.xmp\0", at + 8):
            turn = xmp_orientation(data[at + 8 : end - 4])
        if name == b"IEND":
            break
        at = end
    return Plain(b"".join(kept), turn)


def _jpeg(data: bytes) -> Plain:
    """All but the application segments 1 to 13 and 15, and comments; one frame, of Huffman codes, and few scans."""
    view, exif, turn, frames = memoryview(data), [], 1, 0
    kept = [view[:2]]
    for marker, at, end in _segments(data, 2):
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            frames += 1
            if marker > 0xC2 or frames > 1:
                raise VisitorError("a JPEG of a rare kind (lossless, arithmetic or of several frames); save it as PNG")
        if marker == 0xDA:
            kept.append(view[at:])
            break
        if marker == 0xE1 and data.startswith(b"Exif\0\0", at + 4):
            exif.append(data[at + 10 : end])
        elif marker == 0xE1 and (xmp_turn := xmp_orientation(data[at + 4 : end])) > 1:
            turn = xmp_turn
        elif marker in (0xE0, 0xEE) or not (0xE0 <= marker <= 0xEF or marker == 0xFE):
            kept.append(view[at:end])
    else:
        raise VisitorError(_DAMAGED)
    if sum(marker == 0xDA for marker, _, _ in _segments(data, at)) > MOST_SCANS:
        raise VisitorError(f"a JPEG of more than {MOST_SCANS} scans; save it again")
    return Plain(b"".join(kept), orientation(b"".join(exif)) if exif else turn)


def _segments(data: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """Marker, start and end of each segment up to the end of the image; what is coded between them is passed over."""
    for _ in _bounded():
        match = _NEXT_MARKER.search(data, at)
        if match is None or data[match.start() + 1] == 0xD9:
            return
        at = match.start()
        end = at + 2 + (0 if data[at + 1] in (0x01, 0xD8) else struct.unpack_from(">H", data, at + 2)[0])
        yield data[at + 1], at, end
        at = end


def _gif(data: bytes) -> Plain:
    """The screen, its palette, the first frame's control block, and all from that frame on."""
    at = 13 + (3 << (data[10] & 7) + 1 if data[10] & 128 else 0)
    head, control, steps = data[:at], b"", _bounded()
    while data[at] != 0x2C:  # an image
        next(steps)
        if data[at] == 0x3B:  # the end
            raise VisitorError(_DAMAGED)
        if data[at] != 0x21:  # no extension: decoders pass over such bytes
            at += 1
            continue
        start, label, at = at, data[at + 1], at + 2
        while size := data[at]:
            next(steps)
            at += 1 + size
        at += 1
        control = data[start:at] if label == 0xF9 else control
    return Plain(head + control + data[at:])


def _webp(data: bytes) -> Plain:
    """As it is: libwebp walks it, in C. Its EXIF is read here."""
    at, turn = 12, 1
    for _ in _bounded():
        if at + 8 > len(data):
            break
        name, length = struct.unpack_from("<4sI", data, at)
        if name == b"EXIF":
            return Plain(data, orientation(data[at + 8 : at + 8 + length]))
        if name == b"XMP ":
            turn = xmp_orientation(data[at + 8 : at + 8 + length])
        at += 8 + length + (length & 1)
    return Plain(data, turn)


def _tiff(data: bytes) -> Plain:
    """As it is, if its directories name no more than the file holds; Pillow turns it itself."""
    check_directories(data)
    return Plain(data)


def _avif(data: bytes) -> Plain:
    """As it is, if its boxes and its EXIF, which Pillow reads with them, name no more than the file holds."""
    for item in items(data):
        tiff = item.data[4:].removeprefix(b"Exif\0\0")
        if item.kind == b"Exif" and tiff[:2] in (b"II", b"MM"):
            if not tiff.startswith((b"II*\0", b"MM\0*")):
                raise VisitorError("an AVIF with EXIF of a rare kind; save it as PNG")
            check_directories(tiff)
    return Plain(data, None)


def _ppm(data: bytes) -> Plain:
    """As it is, if its header is short: Pillow reads comments a byte at a time."""
    if data[1:2] in b"0123456fy" and not _PPM_HEADER.match(data[:4096]):
        raise VisitorError("a PPM of a rare kind, or with a header of more than 4,096 bytes; save it as PNG")
    return Plain(data)


def _refuse_rare(_data: bytes) -> Plain:
    raise VisitorError("a TIFF of a rare kind (BigTIFF, or of mixed byte order); save it as PNG")


def _bounded() -> Iterator[int]:
    """As many steps as a file may have parts.

    Raises:
        VisitorError: at the step after the last.
    """
    yield from range(MOST_PARTS)
    raise VisitorError(f"a file of more than {MOST_PARTS:,} parts; save it again")


_WALKS = {
    b"\x89PNG\r\n\x1a\n": _png,
    b"\xff\xd8\xff": _jpeg,
    b"GIF8": _gif,
    b"P": _ppm,
    b"RIFF": _webp,
    b"II*\0": _tiff,
    b"MM\0*": _tiff,
    b"II+\0": _refuse_rare,
    b"MM\0+": _refuse_rare,
    b"II\0*": _refuse_rare,
    b"MM*\0": _refuse_rare,
    b"ftyp": _avif,
}
