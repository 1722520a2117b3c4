"""The stage upgrade: an atlas of the previous schema version → the current one, in place; only its manifest is written."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro
from pydantic import ValidationError

from explorer.atlas.atlas import Atlas
from explorer.atlas.format import check_atlas, sealed
from explorer.atlas.manifest import MANIFEST, SCHEMA_VERSION, Description
from explorer.atlas.manifest_file import first_error, read_content, write_manifest
from explorer.errors import UserError
from precompute.atomic_files import replacing

BEFORE = 2  # the version that can be upgraded; version 3 differs from it in the manifest alone


@dataclass(frozen=True)
class Upgrade:
    """Upgrade atlases from schema version 2 to 3: the manifest gets a checksum of each file and of itself.

    Example: python -m precompute upgrade atlases/photos atlases/drawings
    """

    atlases: Annotated[tuple[Path, ...], tyro.conf.Positional]
    """Atlases; one that has version 3 already, or cannot be upgraded, stays as it is."""


def run(config: Upgrade) -> None:
    """Upgrade the atlases one after the other.

    Raises:
        UserError: if none is named, or one cannot be upgraded; those before it are upgraded by then.
    """
    if not config.atlases:
        raise UserError("upgrade needs at least one atlas: name its directory")
    for directory in config.atlases:
        print(f"upgrade: {_upgraded(directory)}")


def _upgraded(directory: Path) -> str:
    content = read_content(directory)
    version = content["schema_version"]
    if version == SCHEMA_VERSION:
        return f"atlas {Atlas(directory).name} has schema version {SCHEMA_VERSION} already"
    if version != BEFORE:
        how = "update Monoscope" if version > SCHEMA_VERSION else "build it again"
        raise UserError(f"atlas {directory} has schema version {version}, and upgrade reads version {BEFORE} only: {how}")
    try:
        description = Description.model_validate(content | {"schema_version": SCHEMA_VERSION})
    except ValidationError as error:
        raise UserError(f"atlas {directory}: its {MANIFEST} is damaged ({first_error(error)}); build it again") from error
    manifest = sealed(directory, description)
    check_atlas(directory, manifest)
    with replacing(directory / MANIFEST, "upgrade") as waiting:  # readers take a `.partial` for that of a new neurons table
        write_manifest(waiting, manifest)
    return (
        f"atlas {description.name} has schema version 3 now: {len(manifest.files)} files and {len(manifest.images)} parts listed"
    )
