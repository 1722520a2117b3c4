"""Steered answers that were given before, and lie beside an atlas as `steered.json`: who asks the same has them without a model.

`publish --space` makes them, for visitors of a Space whose model is not loaded yet. Like `names.csv` the file is no part of the
sealed atlas and may come from anyone, so it is held within bounds; one that cannot be used is left aside, and the model is asked.
"""

import json
import logging
import os
import stat
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from explorer.atlas.atlas import Atlas
from explorer.model_pool import ModelPool
from explorer.operations.images import NamedImage
from explorer.operations.steer import SteeredAnswers, Steering, steer
from explorer.precision import variant

FILE = "steered.json"
LARGEST = 2**22  # bytes
log = logging.getLogger(__name__)


class _Answered(BaseModel):
    """One question and its answers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    image: Annotated[str, Field(max_length=64)]  # content hash
    steering: Steering
    answers: SteeredAnswers


class _Prepared(BaseModel):
    """The file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: Annotated[str, Field(max_length=200)]  # that answered
    sae: Annotated[str, Field(max_length=64)]  # its hash, as the atlas's manifest has it
    answered: Annotated[tuple[_Answered, ...], Field(max_length=1000)]


def steer_or_recall(pool: ModelPool, atlas: Atlas, vlm: str, image: NamedImage, steering: Steering) -> Iterator[SteeredAnswers]:
    """The prepared answer, whole and at once, or else what `steer` gives."""
    known = prepared_answers(atlas, variant(Path(vlm).name, pool.precision), image.key, steering)
    if known is not None:
        yield known
        return
    yield from steer(pool, atlas, vlm, image, steering)


def prepared_answers(atlas: Atlas, model: str, image: str, steering: Steering) -> SteeredAnswers | None:
    """The whole answer to a question that was prepared for this atlas and model; None to any other.

    Args:
        model: its short name, with the precision if that is not the saved one.
    """
    about = _read(atlas.directory / FILE)
    if about is None or about.model != model or about.sae != atlas.manifest.sae.sha256:
        return None
    return next((one.answers for one in about.answered if one.image == image and one.steering == steering), None)


def prepared_text(atlas: Atlas, vlm: str, answered: Iterable[tuple[str, Steering, SteeredAnswers]]) -> str:
    """The content of a file of answers."""
    rows = tuple(_Answered(image=image, steering=steering, answers=answers) for image, steering, answers in answered)
    return _Prepared(model=Path(vlm).name, sae=atlas.manifest.sae.sha256 or "", answered=rows).model_dump_json(indent=1) + "\n"


@lru_cache(maxsize=64)
def _read(path: Path) -> _Prepared | None:
    if not os.path.lexists(path):
        return None
    try:
        status = os.lstat(path)
        if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST:
            raise ValueError(f"it is no regular file of less than {LARGEST // 2**20} MB")
        return TypeAdapter(_Prepared).validate_python(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError, ValidationError) as error:
        log.warning("%s: prepared answers are not used: %s", path, str(error).splitlines()[0])
        return None
