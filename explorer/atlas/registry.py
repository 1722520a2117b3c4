"""The registry: which atlases are shown, by a TOML file, directories or the Hub, and what whoever runs the explorer says of each.

[[atlas]]
path = "atlases/photos"     # an atlas, or a directory that holds some, relative to the file; or hub:USER/NAME@REVISION
name = "photos"             # in place of the name it was built with; of one atlas only
first = true                # the explorer opens on it
content_note = "Unfiltered photographs from the web."    # visitors agree before they see its images
steering = "nobody"         # nobody may steer with it here; else everyone who can reach the explorer
"""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from explorer.atlas.atlas import Atlas
from explorer.atlas.entry import PLAIN, Entry
from explorer.atlas.library import Library, Place, open_library
from explorer.atlas.manifest import MANIFEST, Slug
from explorer.atlas.portable.cache import at_hand
from explorer.atlas.portable.hub import HUB, HubError, parse_hub
from explorer.atlas.steerable import can_steer
from explorer.errors import UserError

SUFFIX = ".toml"


class _Listed(BaseModel):
    """An entry as the file has it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    path: Annotated[str, Field(min_length=1)]
    name: Slug | None = None
    first: bool = False
    content_note: Annotated[str, Field(max_length=1000)] = ""
    steering: Literal["everyone", "nobody"] = "everyone"


class _Registry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    atlas: Annotated[list[_Listed], Field(min_length=1, max_length=1000)]


def open_atlases(sources: Sequence[Path]) -> Library:
    """Open the atlases of directories, registries and the Hub; the first of the library is the one that the explorer opens on.

    That is the one that a registry calls first, or the one that most can be asked of. What the Hub does not give is a problem of
    the library, and the others still open.

    Raises:
        UserError: if another source is not there, or a registry is none.
    """
    missing: list[UserError] = []
    library = open_library([place for source in sources for place in _places(source, missing)])
    library.problems.extend(missing)
    if not library.atlases:
        return library
    first = max(library.atlases.values(), key=_rank)
    rest = {name: atlas for name, atlas in library.atlases.items() if atlas is not first}
    return library._replace(atlases={first.name: first, **rest})


def _places(source: Path, missing: list[UserError]) -> list[Place]:
    if source.suffix == SUFFIX:
        return [place for listed in _read(source) for place in _place(source, listed, missing)]
    if source.as_posix().startswith(HUB):
        return _of_hub(source.as_posix(), PLAIN, missing)
    if not source.is_dir():
        raise UserError(f"atlases at {source}: there is no such directory; correct MONOSCOPE_ATLASES, or unset it")
    return [Place(source, PLAIN)]


def _read(file: Path) -> list[_Listed]:
    try:
        listed = _Registry.model_validate(tomllib.loads(file.read_text(encoding="utf-8"))).atlas
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UserError(f"registry {file} cannot be read: {error}; correct it, or unset MONOSCOPE_ATLASES") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UserError(f"registry {file}: {where}: {first['msg'].lower()}; correct it") from None
    if sum(entry.first for entry in listed) > 1:
        raise UserError(f"registry {file}: several atlases are called first; leave one")
    return listed


def _place(file: Path, listed: _Listed, missing: list[UserError]) -> list[Place]:
    entry = Entry(listed.name, listed.first, listed.content_note.strip(), listed.steering == "everyone")
    if listed.path.startswith(HUB):
        try:
            return _of_hub(listed.path, entry, missing)
        except UserError as error:
            raise UserError(f"registry {file}: {error}") from error
    path = file.parent / listed.path
    if not path.is_dir():
        raise UserError(f"registry {file}: {path} is no directory; correct its path")
    if listed.name and not (path / MANIFEST).is_file():
        raise UserError(f"registry {file}: {path} is no single atlas, so it cannot be named {listed.name}; leave the name out")
    return [Place(path, entry)]


def _of_hub(name: str, entry: Entry, missing: list[UserError]) -> list[Place]:
    """Where the atlases of the Hub are on this machine; none, and why, where they cannot be had.

    Raises:
        UserError: if that is no name on the Hub, or several atlases are to have one name.
    """
    wanted = parse_hub(name)
    try:
        directory = at_hand(wanted)
    except UserError as error:
        missing.append(error if error.public else HubError(str(error)))
        return []
    found = sorted(path.parent for path in directory.glob(f"*/{MANIFEST}"))
    if entry.name and len(found) != 1:
        raise UserError(f"{wanted} holds {len(found)} atlases, so it cannot be named {entry.name}; leave the name out")
    return [Place(path, entry) for path in found]


def _rank(atlas: Atlas) -> tuple[bool, int]:
    """What decides which is first: the registry, then how much can be asked; of equals the first that was found."""
    able = (can_steer(atlas), atlas.steering_tried, atlas.manifest.tap.grid is not None, atlas.manifest.encoder.library != "none")
    return atlas.entry.first, sum(able)
