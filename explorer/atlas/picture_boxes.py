"""The boxes of an AVIF file, walked before its decoder sees them (ISO/IEC 14496-12 and 23008-12; AV1 specification 5.5).

Its header names one size, and each AV1 frame inside another: a file of 30 kB that says 100 × 100 may hold a frame of 268
megapixels, which is unpacked whole and then made small. So the frames' own headers are read, and counted.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from explorer.errors import VisitorError

MOST_ITEMS = 1_000  # pictures, tiles of pictures and metadata; also extents of one
MOST_FRAMES = 4  # of one AV1 item: the layers that AVIF allows
_SEQUENCE, _FRAME_HEADER, _FRAME = 1, 3, 6  # kinds of AV1's units
_DAMAGED = "damaged or cut off"


class Item(NamedTuple):
    """What one item of the file is, and its bytes."""

    kind: bytes  # av01: a picture or a tile of one; Exif; …
    data: bytes


def items(data: bytes) -> list[Item]:
    """All items of an AVIF file.

    Raises:
        VisitorError: if it is animated, or its items are too many or together larger than the file.
        struct.error: if it is cut off.
    """
    top = {name: (at, end) for name, at, end in _boxes(data, 0, len(data))}
    if b"moov" in top:
        raise VisitorError("an animated AVIF; save its first picture alone")
    if b"meta" not in top:
        raise VisitorError(_DAMAGED)
    meta = {name: (at, end) for name, at, end in _boxes(data, top[b"meta"][0] + 4, top[b"meta"][1])}
    kinds = _kinds(data, *meta.get(b"iinf", (0, 0)))
    places = _places(data, *meta.get(b"iloc", (0, 0)), meta.get(b"idat", (0, 0))[0])
    if sum(length for extents in places.values() for _, length in extents) > len(data):
        raise VisitorError("an AVIF whose items name more than the file holds; save it as PNG")
    return [
        Item(kinds.get(number, b""), b"".join(data[at : at + length] for at, length in extents))
        for number, extents in places.items()
    ]


def check_frames(data: bytes, pixels: int) -> None:
    """Refuse an AVIF whose frames are larger than its header says.

    Args:
        pixels: that the header says.

    Raises:
        VisitorError: if so, or if it holds more frames than a picture and its transparency need.
    """
    pictures = [item.data for item in items(data) if item.kind == b"av01"]
    sizes = [_largest_frame(picture) for picture in pictures]
    if max(sizes, default=0) > pixels + 2**16 or sum(sizes) > 3 * pixels + 2**16:  # transparency, a thumbnail; rounded up
        raise VisitorError("an AVIF that holds larger pictures than it says; save it as PNG")


def _boxes(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, start of the content and end of each box."""
    for _ in range(MOST_ITEMS):
        if at + 8 > end:
            return
        size, name = struct.unpack_from(">I4s", data, at)
        start = at + 8
        if size == 1:
            (size,), start = struct.unpack_from(">Q", data, start), at + 16
        after = at + size if size else end
        if not start <= after <= end:
            raise VisitorError(_DAMAGED)
        yield name, start, after
        at = after
    raise VisitorError("an AVIF of too many parts; save it as PNG")


def _kinds(data: bytes, at: int, end: int) -> dict[int, bytes]:
    """Item number → kind, from `iinf`."""
    kinds = {}
    for name, start, _ in _boxes(data, at + (6 if data[at] == 0 else 8), end):
        if name == b"infe" and data[start] >= 2:
            number, _, kind = struct.unpack_from(">HH4s" if data[start] == 2 else ">IH4s", data, start + 4)
            kinds[number] = kind
    return kinds


def _places(data: bytes, at: int, end: int, idat: int) -> dict[int, list[tuple[int, int]]]:
    """Item number → (offset in the file, length) of its extents, from `iloc`."""
    version, widths = data[at], (data[at + 4] >> 4, data[at + 4] & 15, data[at + 5] >> 4, data[at + 5] & 15)
    offset_width, length_width, base_width, index_width = widths if version else (*widths[:3], 0)
    reader = _Numbers(data[:end], at + 6)
    extents: dict[int, list[tuple[int, int]]] = {}
    for _ in range(_few(reader.next(4 if version == 2 else 2))):
        number = reader.next(4 if version == 2 else 2)
        start = idat if version and reader.next(2) & 15 == 1 else 0
        reader.next(2)  # which file: this one
        start += reader.next(base_width)
        extents[number] = []
        for _ in range(_few(reader.next(2))):
            reader.next(index_width)
            offset, length = start + reader.next(offset_width), reader.next(length_width)
            extents[number].append((offset, length or len(data) - offset))
    return extents


class _Numbers:
    """Reads big-endian numbers one after another."""

    def __init__(self, data: bytes, at: int) -> None:
        self.data, self.at = data, at

    def next(self, width: int) -> int:
        self.at += width
        if self.at > len(self.data):
            raise VisitorError(_DAMAGED)
        return int.from_bytes(self.data[self.at - width : self.at])


def _few(count: int) -> int:
    if count > MOST_ITEMS:
        raise VisitorError("an AVIF of too many parts; save it as PNG")
    return count


def _largest_frame(item: bytes) -> int:
    """Pixels of the largest frame that an AV1 item may hold."""
    largest, frames, at = 0, 0, 0
    while at < len(item):
        kind, extended, sized = item[at] >> 3 & 15, item[at] & 4, item[at] & 2
        at += 2 if extended else 1
        size, at = _leb128(item, at) if sized else (len(item) - at, at)
        if kind == _SEQUENCE:
            largest = max(largest, _sequence_pixels(item[at : at + size]))
        frames += kind in (_FRAME_HEADER, _FRAME)
        if frames > MOST_FRAMES:
            raise VisitorError("an AVIF of many frames; save its first picture alone")
        at += size
    return largest


def _leb128(data: bytes, at: int) -> tuple[int, int]:
    """A number of up to 8 bytes, 7 bits each, least first; and where it ends."""
    value = 0
    for place in range(8):
        value |= (data[at + place] & 127) << 7 * place
        if data[at + place] < 128:
            return value, at + place + 1
    raise VisitorError(_DAMAGED)


def _sequence_pixels(header: bytes) -> int:
    """Pixels of the largest frame that a sequence header allows."""
    bits = "".join(f"{byte:08b}" for byte in header[:64].ljust(64, b"\0"))
    at = 0

    def take(count: int) -> int:
        nonlocal at
        at += count
        return int(bits[at - count : at], 2)

    take(4)  # profile, still picture
    reduced = take(1)
    if reduced:
        take(5)  # level
    else:
        if take(1):
            raise VisitorError("an AVIF with the clock of a film; save it as PNG")
        delayed = take(1)
        for _ in range(take(5) + 1):  # operating points
            take(12)
            if take(5) > 7:  # level
                take(1)  # tier
            if delayed and take(1):
                take(4)
    wide, high = take(4) + 1, take(4) + 1
    width, height = take(wide) + 1, take(high) + 1
    return width * height if reduced else 2 ** (wide + high)  # each frame may have a size of its own, in so many bits
