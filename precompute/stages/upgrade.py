"""Upgrade: an atlas of the schema before becomes one of this schema, in place; only its manifest is written."""

import os
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

BEFORE = 2  # the version that can be upgraded: it differs from 3 by what its manifest lists


@dataclass(frozen=True)
class Upgrade:
    """Bring atlases of schema version 2 to version 3: the manifest gets a checksum of each file and of itself.

    Example: python -m precompute upgrade atlases/photos atlases/drawings
    """

    atlases: Annotated[tuple[Path, ...], tyro.conf.Positional]
    """Atlases; each stays as it is if it is of version 3 already, or cannot be upgraded."""


def run(ask: Upgrade) -> None:
    """Upgrade one after the other.

    Raises:
        UserError: if none is named, or one cannot be upgraded; those before it are.
    """
    if not ask.atlases:
        raise UserError("upgrade needs at least one atlas: name its directory")
    for directory in ask.atlases:
        print(f"upgrade: {_upgraded(directory)}")


def _upgraded(directory: Path) -> str:
    content = read_content(directory)
    found = content["schema_version"]
    if found == SCHEMA_VERSION:
        return f"atlas {Atlas(directory).name} is of schema version {SCHEMA_VERSION} already"
    if found != BEFORE:
        how = "update Monoscope" if found > SCHEMA_VERSION else "build it again"
        raise UserError(f"atlas {directory} has schema version {found}, and upgrade knows the way from {BEFORE} only: {how}")
    try:
        about = Description.model_validate(content | {"schema_version": SCHEMA_VERSION})
    except ValidationError as error:
        raise UserError(f"atlas {directory}: its {MANIFEST} is damaged ({first_error(error)}); build it again") from error
    manifest = sealed(directory, about)
    check_atlas(directory, manifest)
    write_manifest(directory / f"{MANIFEST}.upgrade", manifest)
    os.replace(directory / f"{MANIFEST}.upgrade", directory / MANIFEST)
    return f"atlas {about.name} is of schema version 3 now: {len(manifest.files)} files and {len(manifest.images)} parts listed"
