"""Content hashes in memory: 16 bytes each in one array, where Python's text of 32 digits takes 81."""

import re

import numpy as np
import pyarrow as pa

HASH = r"[0-9a-f]{32}"  # of a picture's content, see `picture_hash`
BYTES = 16
PACKED = np.dtype(
    f"S{BYTES}"
)  # compares byte by byte; NumPy takes zeros off the end of a single value, `unpacked` puts them back

_form = re.compile(HASH)


def packed(texts: pa.Array) -> np.ndarray:
    """Hashes of the form HASH as an array of PACKED.

    Args:
        texts: strings; their form is checked before.
    """
    if len(texts) == 0:
        return np.zeros(0, PACKED)
    fixed = texts.cast(pa.binary()).cast(pa.binary(2 * BYTES))
    size = 2 * BYTES * len(fixed)
    digits = np.frombuffer(fixed.buffers()[1], np.uint8, size, fixed.offset * 2 * BYTES)
    values = (digits & 15) + 9 * (digits >> 6)  # "0" is 0x30, "a" is 0x61
    return (values[0::2] << 4 | values[1::2]).view(PACKED)


def pack(text: str) -> np.ndarray | None:
    """One hash as an array of one; None if it is none."""
    return np.array([bytes.fromhex(text)], PACKED) if _form.fullmatch(text) else None


def unpacked(value: bytes) -> str:
    """The text of one element of an array of PACKED."""
    return value.ljust(BYTES, b"\0").hex()
