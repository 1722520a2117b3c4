"""The directories of TIFF and EXIF, read before Pillow reads them: how a picture is turned, and whether they name too much.

Each entry names bytes of the file, and Pillow copies them: 65,000 entries that all name the whole file are that many copies of it
(TIFF 6.0; EXIF 2.32).
"""

import re
import struct
from collections.abc import Iterator

from explorer.errors import VisitorError

MOST_ENTRIES = 200_000  # numbers in one TIFF tag: a palette of 16 bits has 196,608
MOST_BLOCKS = 40_000  # strips or tiles of a TIFF: one for each row of the tallest picture
ORIENTATION = 0x0112  # EXIF's tag
_SUB_DIRECTORIES = (0x8769, 0x8825, 0xA005)  # EXIF, GPS, interoperability
_OFFSETS = (273, 324)  # of strips, of tiles
_OPAQUE = (1, 2, 7)  # TIFF types that Pillow keeps as bytes: profiles and texts
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8}  # bytes, by TIFF type
_XMP = re.compile(rb'tiff:Orientation(?:="|>)([1-8])')


def check_directories(data: bytes) -> None:
    """Refuse a TIFF whose directories name the same bytes again and again: Pillow copies what each entry names.

    Raises:
        VisitorError: if so.
        struct.error: if it is cut off.
    """
    order = "<" if data[:2] == b"II" else ">"
    waiting, named = [struct.unpack_from(order + "I", data, 4)[0]], 0
    for _ in range(8):  # the first directory, and those that it points to
        if not waiting:
            return
        for tag, kind, count, value in _entries(data, order, waiting.pop()):
            named += _SIZES.get(kind, 0) * count
            if tag in _SUB_DIRECTORIES:
                waiting.append(struct.unpack(order + "I", value)[0])
            most = MOST_BLOCKS if tag in _OFFSETS else len(data) if kind in _OPAQUE else MOST_ENTRIES
            if named > len(data) or count > most:
                raise VisitorError("a TIFF whose tags name more than the file holds; save it as PNG")
    raise VisitorError("a TIFF of many directories; save it as PNG")


def orientation(exif: bytes) -> int:
    """What an EXIF block says of turning, 1 to 8; 1 where it says nothing that can be read."""
    tiff = exif.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    try:
        at = struct.unpack_from(order + "I", tiff, 4)[0] if order else len(tiff)
        for tag, kind, _, value in _entries(tiff, order or "<", at):
            if tag == ORIENTATION and kind in (3, 4):
                turn = struct.unpack_from((order or "<") + ("H" if kind == 3 else "I"), value)[0]
                return turn if 1 <= turn <= 8 else 1
    except struct.error:
        return 1
    return 1


def _entries(data: bytes, order: str, at: int) -> Iterator[tuple[int, int, int, bytes]]:
    """Tag, type, count and value (or where it lies) of a directory's entries."""
    (count,) = struct.unpack_from(order + "H", data, at)
    for number in range(count):
        yield struct.unpack_from(order + "HHI4s", data, at + 2 + 12 * number)


def xmp_orientation(xmp: bytes) -> int:
    """What XMP says of turning, 1 to 8; 1 where it says nothing."""
    match = _XMP.search(xmp)
    return int(match[1]) if match else 1
