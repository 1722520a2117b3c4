"""Attacks by pictures: what bombs cost in the app and in extract, and whether any bytes give more than a picture or a refusal."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from explorer.atlas.pictures import LONGER_SIDE, SHORTER_SIDE, decode_picture
from explorer.errors import UserError
from tests.attacks.picture_bombs import bombs, saved, turned

ROOT = Path(__file__).resolve().parents[2]


def bomb_figures(names: Iterable[str] | None = None) -> dict[str, Any]:
    """What bombs cost, each in a fresh process: in the app (unpacked, compared, prepared for 224 px) and through extract.

    Args:
        names: which; all if None.

    Returns:
        `bomb_growth_mb` and `bomb_seconds`, the worst of all; `bomb_cpu_seconds`, the same on a busy machine; `misjudged`, the
        names of those that were not read where they should be, or not refused; and `bombs`, a row each with name, way and fate.
    """
    chosen = {name: bomb for name, bomb in bombs().items() if names is None or name in set(names)}
    with tempfile.TemporaryDirectory() as work:
        (Path(work) / "bombs").mkdir()
        for number, bomb in enumerate(chosen.values()):
            (Path(work) / "bombs" / f"{number:03d}").write_bytes(bomb.make())
        command = [sys.executable, "-W", "ignore", "-m", "tests.attacks.picture_meter", work]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    rows = [json.loads(line) for line in ended.stdout.splitlines()]
    for row in rows:
        row["name"] = list(chosen)[int(row.pop("file"))]
        row["as_due"] = row["fate"].startswith("refused") if chosen[row["name"]].refused else row["fate"] == "read"
    return {
        "bomb_growth_mb": max(row["growth_mb"] for row in rows),
        "bomb_seconds": max(row["seconds"] for row in rows),
        "bomb_cpu_seconds": max(row["cpu_seconds"] for row in rows),
        "misjudged": sorted({row["name"] for row in rows if not row["as_due"]}),
        "bombs": rows,
    }


def fuzz_figures(cases: int) -> dict[str, Any]:
    """Damaged pictures of every format, and bytes that are none.

    Returns:
        `picture_cases`, how many were tried; `pictures_uncaught`, 0 or 1: whether one gave anything but a picture within the
        bounds or a refusal that visitors may read; and `example`, what happened.
    """

    @settings(max_examples=cases, database=None, suppress_health_check=list(HealthCheck), deadline=None)
    @given(damaged_pictures())
    def run(data: bytes) -> None:
        check_outcome(data)

    try:
        run()
    except Exception as error:  # whatever the decoder lets through is what is looked for
        return {"picture_cases": cases, "pictures_uncaught": 1, "example": repr(error)}
    return {"picture_cases": cases, "pictures_uncaught": 0, "example": ""}


def check_outcome(data: bytes) -> None:
    """Bytes give an RGB picture within the bounds, or a refusal whose public words name nothing of the host.

    Raises:
        AssertionError: if they give another picture, or other words.
    """
    try:
        image = decode_picture(data)
    except UserError as error:
        if not error.public or any(mark in error.public for mark in ("/", "0x", "<", "Error")):
            raise AssertionError(f"no words for visitors: {error}, {error.public}") from error
        return
    assert image.mode == "RGB"
    assert 1 <= min(image.size) <= SHORTER_SIDE
    assert max(image.size) <= LONGER_SIDE


def damaged_pictures() -> st.SearchStrategy[bytes]:
    """Small pictures of every format with bytes changed, cut, doubled or taken from another; and bytes alone."""
    whole = st.sampled_from(_small_pictures())
    heads = [b"", *{data[:16] for data in _small_pictures()}]
    return st.one_of(
        st.builds(_damaged, whole, whole, st.lists(_DAMAGE, min_size=1, max_size=6)),
        st.builds(bytes.__add__, st.sampled_from(sorted(heads)), st.binary(max_size=300)),
    )


_DAMAGE = st.tuples(
    st.sampled_from(["flip", "set", "cut", "double", "splice"]), st.floats(0, 1), st.integers(0, 255), st.booleans()
)


def _damaged(data: bytes, other: bytes, damage: list[tuple[str, float, int, bool]]) -> bytes:
    """Each damage is done at a share of the length; half of them within the first 200 bytes, where headers are."""
    for what, share, value, in_head in damage:
        at = int(share * (min(200, len(data)) if in_head else len(data)))
        if what == "flip" and at < len(data):
            data = data[:at] + bytes([data[at] ^ 1 << value % 8]) + data[at + 1 :]
        elif what == "set":
            data = data[:at] + bytes([value]) * 2 + data[at + 2 :]
        elif what == "cut":
            data = data[:at] + (data[at + value :] if value else b"")
        elif what == "double":
            data = data[:at] + data[max(0, at - value) :]
        elif what == "splice":
            data = other[:at] + data[at:]
    return data


@cache
def _small_pictures() -> list[bytes]:
    size = (37, 23)
    plain = [("RGB", "JPEG"), ("CMYK", "JPEG"), ("RGB", "WEBP"), ("RGBA", "AVIF"), ("RGBA", "PNG"), ("I;16", "PNG"), ("P", "PNG")]
    plain += [("P", "GIF"), ("RGB", "BMP"), ("L", "BMP"), ("RGB", "TIFF"), ("I;16", "TIFF"), ("CMYK", "TIFF")]
    more = [
        saved(size, "RGB", "JPEG", progressive=True, exif=turned(6)),
        saved(size, "RGBA", "WEBP", lossless=True, exif=turned(3)),
    ]
    packed = [saved(size, "RGB", "TIFF", compression=name) for name in ("tiff_lzw", "tiff_adobe_deflate", "jpeg", "packbits")]
    frames = {"save_all": True, "append_images": [Image.new("RGB", size, "red")]}
    return [
        *(saved(size, mode, kind) for mode, kind in plain),
        *more,
        *packed,
        *(saved(size, "RGB", kind, **frames) for kind in ("GIF", "WEBP", "PNG")),
        saved(size, "RGB", "PNG", exif=turned(8)),
        saved(size, "RGB", "AVIF", exif=turned(5)),
    ]
