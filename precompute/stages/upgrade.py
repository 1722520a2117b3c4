"""The stage upgrade: an atlas of an earlier schema version → the current one, in place; only its manifest is written.

Version 2 listed no file. Version 3 has no floor (the mean cosine of two random images by each E), and an atlas does not hold the
embeddings that it is computed from, so it stays unknown: bars of MS show no mark until the atlas is scored and built again.
Version 4 has no map and nothing that texts are compared with; `describe` and `project` add them.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import tyro
from pydantic import ValidationError

from explorer.atlas.atlas import Atlas
from explorer.atlas.format import check_atlas, sealed
from explorer.atlas.manifest import MANIFEST, SCHEMA_VERSION, Description, Manifest, without_best
from explorer.atlas.manifest_file import first_error, read_content, read_manifest, write_manifest
from explorer.errors import UserError
from precompute.atomic_files import replacing

UPGRADABLE = (2, 3, 4, 5, 6)  # they differ from the current version in the manifest alone


@dataclass(frozen=True)
class Upgrade:
    """Upgrade atlases of schema versions 2 to 6 to version 7.

    Of version 2 the manifest gets a checksum of each file and of itself.

    Example: python -m precompute upgrade atlases/photos atlases/drawings
    """

    atlases: Annotated[tuple[Path, ...], tyro.conf.Positional]
    """Atlases; one that has version 7 already, or cannot be upgraded, stays as it is."""


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
        manifest = Atlas(directory).manifest
        return f"atlas {manifest.name} has schema version {SCHEMA_VERSION} already{_floor(directory, manifest)}"
    if version not in UPGRADABLE:
        how = "update Monoscope" if version > SCHEMA_VERSION else "build it again"
        readable = ", ".join(map(str, UPGRADABLE))
        raise UserError(f"atlas {directory} has schema version {version}, and upgrade reads versions {readable} only: {how}")
    manifest = _listed(directory, content) if version == 2 else read_manifest(directory)
    check_atlas(directory, manifest)
    with replacing(directory / MANIFEST, "upgrade") as waiting:  # readers take a `.partial` for that of a new neurons table
        write_manifest(waiting, manifest)
    return (
        f"atlas {manifest.name} has schema version {SCHEMA_VERSION} now: {len(manifest.files)} files and "
        f"{len(manifest.images)} parts listed{_floor(directory, manifest)}"
    )


def _listed(directory: Path, content: dict[str, Any]) -> Manifest:
    """The manifest of version 2, with what each file is now."""
    try:
        description = Description.model_validate(content | {"schema_version": SCHEMA_VERSION})
    except ValidationError as error:
        raise UserError(f"atlas {directory}: its {MANIFEST} is damaged ({first_error(error)}); build it again") from error
    return sealed(directory, description.model_copy(update={"metrics": without_best(description.metrics)}))


def _floor(directory: Path, manifest: Manifest) -> str:
    """What to do about a floor that is unknown; "" if it is known."""
    if all(summary.floor is not None for summary in manifest.metrics.ms.values()):
        return ""
    return (
        "; its floor (the mean cosine of two random images) is unknown, so MS bars have no mark: to measure it, run the command "
        f"that made the atlas again, with --out {directory} --force"
    )
