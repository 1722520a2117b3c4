"""A library: the atlases of one or more directories."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from explorer.atlas.atlas import Atlas
from explorer.atlas.entry import PLAIN, Entry
from explorer.atlas.integrity import damage
from explorer.atlas.manifest import MANIFEST
from explorer.atlas.open_stores import OpenStores
from explorer.errors import UserError


class Library(NamedTuple):
    """The atlases of one or more directories, and what was found in them that cannot be used."""

    atlases: Mapping[str, Atlas]
    problems: list[UserError]  # the message is for the operator; visitors read `public`, which every one has


class Place(NamedTuple):
    """Where atlases are, and what is said about them."""

    root: Path  # an atlas itself, or a directory of atlases
    entry: Entry


def open_library(roots: Sequence[Path | Place]) -> Library:
    """Open every atlas in the given directories (each an atlas itself, or a directory of atlases).

    Whatever is wrong with one becomes a problem to show, and the others still open. Of two with one name the first wins.
    """
    atlases, stores = dict[str, Atlas](), OpenStores()
    library = Library(atlases, [])
    for root, entry in (place if isinstance(place, Place) else Place(place, PLAIN) for place in roots):
        try:
            directories = [root] if os.path.lexists(root / MANIFEST) else sorted(root.glob("*/"))
        except OSError as error:
            library.problems.append(damage(root, "a directory of atlases", f"cannot be read ({error.strerror})", "mend that"))
            continue
        for directory in directories:
            if os.path.lexists(directory / MANIFEST):
                _open_into(atlases, library.problems, directory, stores, entry)
    return library


def _open_into(atlases: dict[str, Atlas], problems: list[UserError], directory: Path, stores: OpenStores, entry: Entry) -> None:
    try:
        atlas = Atlas(directory, stores, entry)
    except UserError as error:
        problems.append(error)
        return
    except Exception as error:  # a file from anywhere must not take the others down, whatever its parser raises
        problems.append(damage(directory, f"atlas {directory.name}", f"cannot be opened ({type(error).__name__})"))
        return
    taken = atlases.get(atlas.name)
    if taken and taken.directory.resolve() == directory.resolve():
        return  # named twice, such as by a registry and with its directory
    if taken:
        what = f"the name {atlas.name} is taken by another one"
        problems.append(damage(directory, f"atlas {directory.name}", what, f"rename it or {taken.directory}"))
        return
    atlases[atlas.name] = atlas
    problems.extend(atlas.problems)
