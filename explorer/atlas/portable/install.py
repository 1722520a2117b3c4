"""Put an atlas that comes from elsewhere into place: copied aside, verified in full, then moved; whole or not at all.

Nothing of where it comes from decides a path: only names that a valid manifest lists are asked for, and only as many bytes as it
lists are read.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock
from pydantic import TypeAdapter, ValidationError
from tqdm import tqdm

from explorer.atlas.atlas import Atlas
from explorer.atlas.curated import FILE as CURATED
from explorer.atlas.format import refuse_overwrite
from explorer.atlas.integrity import file_info
from explorer.atlas.manifest import MANIFEST, Manifest, Slug
from explorer.atlas.manifest_file import LARGEST as LARGEST_MANIFEST
from explorer.atlas.manifest_file import read_manifest
from explorer.atlas.portable.contents import check_name, check_whole, listed
from explorer.atlas.portable.source import Source, check_sizes, copy_file, require_equal
from explorer.errors import UserError

LOCK, ASIDE = ".incoming.lock", ".incoming"


def read_from(source: Source, name: str, directory: Path) -> Manifest:
    """The manifest of the atlas `name` in a source, checked; it is left in `directory / name`.

    Raises:
        UserError: if there is none, it is larger than manifests are, damaged, of another schema version, or another atlas's.
    """
    path, sizes = f"{_safe(source, name)}/{MANIFEST}", source.sizes()
    if not 0 < sizes.get(path, 0) <= LARGEST_MANIFEST:
        raise UserError(f"{source.name}: it has no {path} of less than 64 MB, so it is no atlas; get it anew")
    (directory / name).mkdir(parents=True)
    copy_file(source, path, sizes[path], directory)
    try:
        manifest = read_manifest(directory / name)
        check_name(manifest)
    except UserError as error:
        raise UserError(f"{source.name}: {str(error).replace(f'{directory}/', '')}", error.public) from error
    if manifest.name != name:
        raise UserError(f"{source.name}: {path} is that of atlas {manifest.name}; get it anew")
    return manifest


def install(source: Source, name: str, directory: Path, *, force: bool = False) -> bool:
    """Put the atlas `name` of a source into `directory / name`, and its thumbnails beside it.

    Args:
        source: what to copy from.
        name: of the atlas in it.
        directory: that holds the atlas and its image store afterwards; made if it is missing. Others may lie there already.
        force: replace another atlas of that name.

    Returns:
        False if that very atlas was there already.

    Raises:
        UserError: if it is damaged, of another schema version, does not fit on the disk, or something else is in its place.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with FileLock(directory / LOCK), _aside(directory / ASIDE) as aside:
        manifest = read_from(source, name, aside)
        if _there(directory / name, aside / name):
            return False
        _refuse_overwrite(directory / name, force=force)
        _refuse_other_parts(directory / manifest.image_store, manifest)
        check_sizes(source, manifest)
        _require_room(directory, sum(info.bytes for info in listed(manifest).values()))
        _copy_all(source, manifest, aside)
        _check(source, aside / name)
        _move(aside, directory, manifest)
    return True


def _safe(source: Source, name: str) -> str:
    """The name, which must be an atlas's: it becomes a directory."""
    try:
        return TypeAdapter(Slug).validate_python(name)
    except ValidationError:
        raise UserError(f"{source.name}: {name[:80]!r} is no name of an atlas; get it anew") from None


@contextmanager
def _aside(path: Path) -> Iterator[Path]:
    """A directory that is empty at first, whatever a killed process left in it, and gone afterwards."""
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir()
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _there(goal: Path, incoming: Path) -> bool:
    """Whether the atlas that comes is the one that is there."""
    try:
        read_manifest(goal)
        return (goal / MANIFEST).read_bytes() == (incoming / MANIFEST).read_bytes()
    except (UserError, OSError):
        return False


def _refuse_overwrite(goal: Path, *, force: bool) -> None:
    try:
        refuse_overwrite(goal, force=force)
    except UserError as error:
        raise UserError(str(error).removeprefix("--out ")) from error


def _refuse_other_parts(store: Path, manifest: Manifest) -> None:
    """Parts of one name are one part: other atlases of the directory read what is there."""
    for name, info in manifest.images.items():
        if os.path.lexists(store / name) and (not (store / name).is_file() or file_info(store / name) != info):
            raise UserError(f"{store / name}: another file of that name is there, or a damaged one; name another directory")


def _require_room(directory: Path, needed: int) -> None:
    free = shutil.disk_usage(directory).free
    if free < needed:
        raise UserError(f"{directory}: {needed / 1e6:,.0f} MB are needed there and {free / 1e6:,.0f} are free; make room")


def _copy_all(source: Source, manifest: Manifest, aside: Path) -> None:
    wanted = listed(manifest)
    curated = f"{manifest.name}/{CURATED}"
    with _bar(sum(info.bytes for info in wanted.values()), manifest.name) as bar:
        for path, info in wanted.items():
            digest = copy_file(source, path, info.bytes, aside, bar)
            require_equal(source, path, info, digest)
    if curated in source.sizes():
        copy_file(source, curated, source.sizes()[curated], aside)


def _check(source: Source, atlas: Path) -> None:
    """Open what was copied, as the explorer will."""
    try:
        check_whole(Atlas(atlas))
    except UserError as error:
        raise UserError(f"{source.name}: {str(error).replace(f'{atlas.parent}/', '')}", error.public) from error


def _move(aside: Path, directory: Path, manifest: Manifest) -> None:
    """Thumbnails first: an atlas that is in place is complete."""
    store = directory / manifest.image_store
    store.mkdir(exist_ok=True)
    for part in manifest.images:
        os.replace(aside / manifest.image_store / part, store / part)
    if (directory / manifest.name).exists():
        shutil.rmtree(directory / manifest.name)
    os.replace(aside / manifest.name, directory / manifest.name)


def _bar(total: int, what: str) -> tqdm:
    return tqdm(total=total, unit="B", unit_scale=True, desc=what, dynamic_ncols=True, leave=False)
