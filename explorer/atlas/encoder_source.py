"""Where an atlas's encoder is loaded from, held within bounds: an atlas may come from a stranger."""

from collections.abc import Sequence
from pathlib import Path

from explorer.atlas.atlas import Atlas
from explorer.atlas.manifest import ModelInfo
from explorer.errors import OPERATOR, UserError, VisitorError, repair_hint

ANYWHERE = (Path(Path.cwd().anchor),)  # for `allowed`: every directory of this machine


def encoder_source(atlas: Atlas, allowed: Sequence[Path] = (), other: ModelInfo | None = None) -> str:
    """An atlas's encoder, or another model that it names, as `load_encoder` takes it: a directory, a Hub id or an open_clip name.

    An atlas may come from a stranger, so what it names is held within bounds: a directory within the one two above the atlas or
    within an allowed one; a name only where no file or directory of that name would be loaded in its place.

    Raises:
        UserError: if it names none, or one that is out of these bounds or missing.
    """
    info = other or atlas.manifest.encoder
    if info.library == "none":
        what = "was built from brought activations: no encoder is known that could read a picture"
        raise VisitorError(f"Atlas {atlas.name} {what}.")
    if not info.local:
        if Path(info.source.removeprefix("open_clip:")).exists():
            message = f"atlas {atlas.name} names its encoder {info.source}, and a file of that name is here: start elsewhere"
            raise unusable(atlas, message, "cannot be told from a file of this server")
        return info.source
    path = (atlas.directory / info.source).resolve()
    if not any(path.is_relative_to(root.resolve()) for root in (*_beside(atlas), *allowed)):
        how = "move it there, or name its directory in MONOSCOPE_MODELS"
        message = f"atlas {atlas.name} names its encoder {path}, which is not within two directories above the atlas: {how}"
        raise unusable(atlas, message, "lies where this server may not read")
    if not path.is_dir():
        how = f"put it there, or {repair_hint(path)}"
        raise unusable(atlas, f"atlas {atlas.name} needs its encoder {info.name} at {info.source} beside it: {how}", "is missing")
    return str(path)


def _beside(atlas: Atlas) -> list[Path]:
    """The directory two above an atlas; none where that is the root of all files."""
    above = atlas.directory.resolve().parent.parent
    return [] if above == above.parent else [above]


def unusable(atlas: Atlas, message: str, defect: str) -> UserError:
    """The error for an encoder with a defect: `message` for the operator, the defect alone for visitors."""
    return UserError(message, f"The encoder of atlas {atlas.name} {defect}; {OPERATOR}")
