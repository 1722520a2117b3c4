"""An atlas's files damaged in every way, before it is opened and while it is served: each is refused by name, or harmless.

An atlas that is attacked lies beside one that is not. After every damage the library is opened anew, and all that the explorer
reads is asked of it and of an atlas that was open before. An answer is right if it is the one from before the damage, or a
UserError with a sentence for visitors.
"""

import os
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from explorer.atlas.atlas import Atlas
from explorer.atlas.library import open_library
from explorer.atlas.manifest import CONCEPTS, DIRECTIONS
from explorer.atlas.query import SORTS, Query
from explorer.atlas.search import open_index
from explorer.atlas.steerable import alpha_range, can_steer
from explorer.errors import UserError
from explorer.models.atlas_sae import load_sae
from tests.making import Making, make_atlas

ATTACKED, BESIDE = "attacked", "beside"
Answers = dict[str, object]


class Verdict(NamedTuple):
    """What came of one damage."""

    refused: bool  # some answer was a UserError
    uncaught: bool  # some answer was another exception, or one without words for visitors, or with a path in them
    harmful: bool  # some answer was not the one from before
    death: bool  # the atlas beside it did not open


def make_world(root: Path) -> Path:
    """The two atlases with their image stores, a few kilobytes each; gives the one to attack."""
    for name in (ATTACKED, BESIDE):
        make_atlas(root, Making(name=name, neurons=16, dead=1, levels=2, grid=(3, 3), drawn=12))
    return root / ATTACKED


def files_of(directory: Path) -> list[Path]:
    """Every file that an atlas is read from: its own, and those of its image store."""
    return sorted(path for place in (directory, directory.parent / f"{directory.name}-images") for path in place.iterdir())


def ask_all(atlas: Atlas) -> Answers:
    """Everything that the explorer reads of an atlas; an exception in the place of an answer."""
    answers: Answers = {}
    for name, question in _questions(atlas).items():
        try:
            answers[name] = question()
        except Exception as error:
            answers[name] = error
    return answers


def flips(root: Path, cases: int, seed: int = 0) -> dict[str, int]:
    """Flip single bits, `cases` in all, the files in turn.

    Returns:
        `flips`, and how many of them were `flips_refused`, `flips_uncaught`, `flips_harmful` and `library_deaths`, see `Verdict`.
    """
    directory, draw = make_world(root), random.Random(seed)
    whole, files = ask_all(Atlas(directory)), files_of(directory)
    verdicts = [_flipped(files[case % len(files)], root, whole, draw) for case in range(cases)]
    refused, uncaught, harmful, deaths = map(sum, zip(*verdicts, strict=True))
    return {
        "flips": cases,
        "flips_refused": refused,
        "flips_uncaught": uncaught,
        "flips_harmful": harmful,
        "library_deaths": deaths,
    }


def replacements(root: Path) -> dict[str, Verdict]:
    """Every file deleted, cut, emptied, and made a directory, a pipe, a link, a link to a device: what came of each."""
    directory, verdicts = make_world(root), {}
    whole = ask_all(Atlas(directory))
    for path in files_of(directory):
        for name, replace in _REPLACEMENTS.items():
            serving = Atlas(directory)
            with put_back(path):
                replace(path)
                verdicts[f"{path.name} {name}"] = _judge(root, whole, serving)
    return verdicts


@contextmanager
def put_back(path: Path) -> Iterator[bytes]:
    """The content of a file, for a block that does something to it."""
    data = path.read_bytes()
    try:
        yield data
    finally:
        if path.is_dir():
            shutil.rmtree(path)
        path.unlink(missing_ok=True)
        path.with_name("elsewhere").unlink(missing_ok=True)
        path.write_bytes(data)


def told_well(error: object, root: Path) -> bool:
    """Whether an error is one that visitors may see."""
    return isinstance(error, UserError) and bool(error.public) and str(root) not in str(error.public)


def _questions(atlas: Atlas) -> dict[str, Callable[[], object]]:
    neurons = range(len(atlas))
    return {
        "pages": lambda: [atlas.page(Query(sort=sort, similarity=name)) for sort in SORTS for name in atlas.similarities],
        "neurons": lambda: [(name, _exactly(column)) for name, column in atlas.neurons.items()],
        "manifest": lambda: repr(atlas.manifest),
        "steering": lambda: [can_steer(atlas), *(alpha_range(atlas, neuron) for neuron in neurons)],
        "tops": lambda: [atlas.top_images(neuron, 99, band) for neuron in neurons for band in atlas.bands(neuron)],
        "patches": lambda: [_bytes(atlas.patches(neuron)) for neuron in (0, 9)],
        "pictures": lambda: sorted((image, atlas.images.about(image), atlas.images.thumbnail(image)) for image in atlas.images),
        "directions": lambda: open_index(atlas.files, DIRECTIONS, len(atlas)).vectors().tobytes(),
        "concepts": lambda: open_index(atlas.files, CONCEPTS, len(atlas)).vectors().tobytes(),
        "sae": lambda: [_bytes([tensor.numpy()]) for tensor in load_sae(atlas).state_dict().values()],
    }


def _exactly(column: pd.Series) -> object:
    """A column to the last bit, in a form that equals itself."""
    values = column.to_numpy()
    return values.tobytes() if values.dtype != object else [_cell(value) for value in values]


def _cell(value: object) -> object:
    return value.tobytes() if isinstance(value, np.ndarray) else repr(value)


def _bytes(arrays: list[np.ndarray] | None) -> list[bytes]:
    return [array.tobytes() for array in arrays or []]


def _flipped(path: Path, root: Path, whole: Answers, draw: random.Random) -> Verdict:
    serving = Atlas(root / ATTACKED)
    with put_back(path) as data:
        place, bit = divmod(draw.randrange(8 * len(data)), 8)
        path.write_bytes(data[:place] + bytes([data[place] ^ 1 << bit]) + data[place + 1 :])
        return _judge(root, whole, serving)


def _judge(root: Path, whole: Answers, serving: Atlas) -> Verdict:
    """What came of one damage, of a library that opens now and of an atlas that was open before."""
    answers, errors, death = [ask_all(serving)], [], False
    try:
        library = open_library([root])
        errors, death = list[object](library.problems), BESIDE not in library.atlases
        answers += [ask_all(library.atlases[ATTACKED])] if ATTACKED in library.atlases else []
    except Exception as error:
        errors, death = [error], True
    given = [(name, answer) for asked in answers for name, answer in asked.items()]
    errors += [answer for _, answer in given if isinstance(answer, Exception)]
    return Verdict(
        refused=bool(errors),
        uncaught=not all(told_well(error, root) for error in errors),
        harmful=any(answer != whole[name] for name, answer in given if not isinstance(answer, Exception)),
        death=death,
    )


def _linked(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


def _in_place_of(path: Path, make: Callable[[Path], object]) -> None:
    path.unlink()
    make(path)


_REPLACEMENTS: dict[str, Callable[[Path], object]] = {
    "deleted": lambda path: path.unlink(),
    "cut": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "emptied": lambda path: path.write_bytes(b""),
    "a directory": lambda path: _in_place_of(path, Path.mkdir),
    "a pipe": lambda path: _in_place_of(path, os.mkfifo),
    "a link": _linked,
    "a link to a device": lambda path: _in_place_of(path, lambda there: there.symlink_to("/dev/zero")),
    "a link to itself": lambda path: _in_place_of(path, lambda there: there.symlink_to(there)),
}
