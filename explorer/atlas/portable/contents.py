"""What an atlas consists of when it is copied elsewhere: its own files, and of its image store the parts that its manifest lists.

Paths are those on disk from the directory that holds both, so that a copy of them all opens as it lies:

    photos/manifest.json   photos/neurons.parquet …   photos/names.csv (if people named neurons)   images-1a2b…/part-….parquet
"""

import os
from pathlib import Path
from typing import NamedTuple

from explorer.atlas.atlas import Atlas
from explorer.atlas.curated import FILE as CURATED
from explorer.atlas.format import check_atlas
from explorer.atlas.manifest import MANIFEST, TOPS, FileInfo, Manifest
from explorer.atlas.manifest_file import PARTIAL
from explorer.atlas.tops import read_tops
from explorer.errors import UserError


class Whole(NamedTuple):
    """An atlas that was found whole."""

    manifest: Manifest
    files: dict[str, Path]  # where each file of it lies, by its path in a copy; the manifest first

    @property
    def bytes(self) -> int:
        return sum(path.stat().st_size for path in self.files.values())


def whole_atlas(directory: Path) -> Whole:
    """The files of an atlas, all of which were read as the explorer reads them.

    Raises:
        UserError: if one is missing or damaged, the atlas cannot be copied under its name, or `describe` was killed in it.
    """
    if os.path.lexists(directory / PARTIAL):
        raise UserError(f"atlas {directory}: a stage was killed while it changed the atlas; run that stage again first")
    atlas = Atlas(directory)
    check_whole(atlas)
    own, store = atlas.manifest.name, directory.parent / atlas.manifest.image_store
    files = {f"{own}/{name}": directory / name for name in (MANIFEST, *sorted(atlas.manifest.files))}
    if os.path.lexists(directory / CURATED):
        files[f"{own}/{CURATED}"] = directory / CURATED
    parts = {f"{store.name}/{name}": store / name for name in sorted(atlas.manifest.images)}
    return Whole(atlas.manifest, files | parts)


def check_whole(atlas: Atlas) -> None:
    """Read every file of an open atlas, its names and its thumbnails.

    Raises:
        UserError: naming the first that is missing or damaged, or how many of its images are not there.
    """
    check_name(atlas.manifest)
    check_atlas(atlas.directory, atlas.manifest)
    for problem in atlas.problems:
        raise problem
    with atlas.files.using(TOPS) as path:
        shown = read_tops(path, atlas.manifest).images
    if missing := atlas.images.missing(shown):
        raise UserError(f"atlas {atlas.directory}: {missing:,} of the images that it shows are in no part that it lists")


def check_name(manifest: Manifest) -> None:
    """Refuse an atlas that has its image store's name: both lie in one directory.

    Raises:
        UserError: if the two are one.
    """
    if manifest.name.lower() == manifest.image_store.lower():
        raise UserError(f"atlas {manifest.name}: its image store has the same name; build it again under another one")


def listed(manifest: Manifest) -> dict[str, FileInfo]:
    """What each file that the manifest lists must be, by its path in a copy."""
    own = {f"{manifest.name}/{name}": info for name, info in sorted(manifest.files.items())}
    return own | {f"{manifest.image_store}/{name}": info for name, info in sorted(manifest.images.items())}
