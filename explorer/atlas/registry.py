"""The registry: which atlases are shown, by a TOML file or by directories, and what whoever runs the explorer says about each.

[[atlas]]
path = "atlases/photos"     # an atlas, or a directory that holds some; relative to the file
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
from explorer.atlas.steerable import can_steer
from explorer.errors import UserError

SUFFIX = ".toml"
HUB = "hub:"


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
    """Open the atlases of directories and registries; the first of the library is the one that the explorer opens on.

    That is the one that a registry calls first, or the one that most can be asked of.

    Raises:
        UserError: if a source is not there, or a registry is none.
    """
    library = open_library([place for source in sources for place in _places(source)])
    if not library.atlases:
        return library
    first = max(library.atlases.values(), key=_rank)
    rest = {name: atlas for name, atlas in library.atlases.items() if atlas is not first}
    return library._replace(atlases={first.name: first, **rest})


def _places(source: Path) -> list[Place]:
    if source.suffix == SUFFIX:
        return _read(source)
    if not source.is_dir():
        raise UserError(f"atlases at {source}: there is no such directory; correct MONOSCOPE_ATLASES, or unset it")
    return [Place(source, PLAIN)]


def _read(file: Path) -> list[Place]:
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
    return [_place(file, entry) for entry in listed]


def _place(file: Path, listed: _Listed) -> Place:
    if listed.path.startswith(HUB):
        raise UserError(
            f"registry {file}: {listed.path}: atlases are not fetched from the Hub; download it and name its directory"
        )
    path = file.parent / listed.path
    if not path.is_dir():
        raise UserError(f"registry {file}: {path} is no directory; correct its path")
    if listed.name and not (path / MANIFEST).is_file():
        raise UserError(f"registry {file}: {path} is no single atlas, so it cannot be named {listed.name}; leave the name out")
    return Place(path, Entry(listed.name, listed.first, listed.content_note.strip(), listed.steering == "everyone"))


def _rank(atlas: Atlas) -> tuple[bool, int]:
    """What decides which is first: the registry, then how much can be asked; of equals the first that was found."""
    able = (can_steer(atlas), atlas.steering_tried, atlas.manifest.tap.grid is not None, atlas.manifest.encoder.library != "none")
    return atlas.entry.first, sum(able)
