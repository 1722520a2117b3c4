"""The command unpack: a packed atlas → an atlas in its place, every byte of it verified."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from explorer.atlas.portable.install import install
from explorer.atlas.portable.source import atlas_names
from explorer.errors import UserError
from precompute.sharing.packed import PackedAtlas


@dataclass(frozen=True)
class Unpack:
    """Unpack an atlas that `pack` wrote, as DIR/NAME, and its thumbnails beside it.

    All of it is verified first; nothing is there until it is whole.

    Example: python -m precompute unpack photos.atlas.zip atlases
    """

    file: Annotated[Path, tyro.conf.Positional]
    """The packed atlas."""
    directory: Annotated[Path, tyro.conf.Positional]
    """The directory of atlases to unpack it into; made if it is missing."""
    sha256: Annotated[str, tyro.conf.arg(metavar="HEX")] = ""
    """What the file's SHA-256 must be, as `pack` told it; not checked by default."""
    force: bool = False
    """Replace another atlas of that name."""


def run(config: Unpack) -> None:
    """Verify the file and put the atlas into place.

    Raises:
        UserError: if the file is damaged, hostile, of another schema version or not the one that was asked for, or does not fit.
    """
    with PackedAtlas(config.file) as source:
        _require_digest(config.file, config.sha256)
        names = atlas_names(source.sizes())
        if len(names) != 1:
            raise UserError(f"{config.file}: {len(names)} atlases are in it, and a packed atlas holds one; get it anew")
        new = install(source, names[0], config.directory, force=config.force)
    print(f"unpack: atlas {names[0]} is {'' if new else 'already '}at {config.directory / names[0]}")


def _require_digest(file: Path, wanted: str) -> None:
    if not wanted:
        return
    with file.open("rb") as opened:
        found = hashlib.file_digest(opened, "sha256").hexdigest()
    if found != wanted.strip().lower():
        raise UserError(f"{file}: its SHA-256 is {found}, not {wanted}; get it anew")
