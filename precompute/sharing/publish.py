"""The command publish: atlases → a data set of the Hugging Face Hub, or a Space that shows them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from tyro.conf import Positional, UseAppendAction, arg

from explorer.atlas.portable.hub import check_repository
from explorer.errors import UserError
from precompute.options import MaybeCount, MaybeModel, MaybePath, at_least
from precompute.sharing.data_set import data_set, upload
from precompute.sharing.space import space, write_space
from precompute.sharing.space_upload import upload_space

ANSWERS = 36  # six neurons, six pictures: what the Steer page offers first


@dataclass(frozen=True)
class Publish:
    """Publish atlases as a data set of the Hugging Face Hub, with a card; or, with --space, a Space that shows them.

    One that is there is brought up to date, in one commit. Needs a token that may write: `hf auth login`, or HF_TOKEN.

    Examples: python -m precompute publish --atlas atlases/photos ada/photos-atlas --license cc-by-4.0

    python -m precompute publish --space ada/photos --atlas atlases/photos --vlm llava-hf/llava-1.5-7b-hf --hardware t4-small
    """

    repository: Annotated[str, Positional, arg(metavar="USER/NAME")]
    """The data set or Space; made if there is none."""
    atlas: UseAppendAction[tuple[Path, ...]] = ()
    """An atlas; again for each further one. It holds these and no others afterwards. Of a Space: the built-in ones by default."""
    license: Annotated[str, arg(metavar="ID")] = "other"
    """Of a data set: the licence of the pictures and of what was made of them, as the Hub abbreviates it: cc-by-4.0, mit."""
    content_note: Annotated[str, arg(metavar="TEXT")] = ""
    """Of a data set: what to know before the pictures are seen; it is then marked as not for all audiences."""
    space: bool = False
    """Make a Space: the explorer, the atlases, and the models that they name by a directory."""
    vlm: MaybeModel = None
    """Of a Space: the model to steer, by Hub id or directory; the built-in one where an atlas was steered with it."""
    answers: MaybeCount = None
    """Of a Space: first questions of each atlas that the model answers now, so that visitors need not wait for it; by default 36
    where the model is a directory here, else none."""
    hardware: Literal["cpu-basic", "t4-small"] = "cpu-basic"
    """Of a Space: what it runs on, and its packages are for."""
    out: MaybePath = None
    """Of a Space: write it to this directory, and upload nothing."""
    private: bool = False
    """Leave a new one private."""
    dry_run: bool = False
    """Read and check everything, say what would be uploaded, and upload nothing."""


def run(config: Publish) -> None:
    """Check the atlases, then upload them in one commit.

    Raises:
        UserError: if an atlas is not whole or a name is none, before anything is uploaded; or the Hub refuses.
    """
    check_repository(config.repository)
    _publish_space(config) if config.space else _publish_data_set(config)


def _publish_data_set(config: Publish) -> None:
    if config.vlm or config.out:
        raise UserError(f"{'--vlm' if config.vlm else '--out'} is of a Space; add --space, or leave it out")
    if not config.atlas:
        raise UserError("publish needs at least one --atlas: name its directory")
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{0,40}", config.license):
        raise UserError(
            f"--license {config.license}: it is no licence as the Hub abbreviates them; give cc-by-4.0, say, or other"
        )
    data = data_set(config.repository, config.atlas, config.license, config.content_note)
    _tell({path: file.stat().st_size for path, file in data.files.items()})
    if not config.dry_run:
        print(f"publish: {upload(data, private=config.private)} holds {len(config.atlas)} of your atlases now")


def _publish_space(config: Publish) -> None:
    at_least(0, answers=config.answers)
    usual = 0 if config.vlm and not Path(config.vlm).is_dir() else ANSWERS
    answers = 0 if config.dry_run else usual if config.answers is None else config.answers
    made = space(config.repository, config.atlas, config.vlm, config.hardware, answers)
    _tell(made.sizes())
    if config.out:
        write_space(made, config.out)
        print(f"publish: the Space is at {config.out}; `python app.py` there starts it")
    elif not config.dry_run:
        print(f"publish: {upload_space(made, config.repository, private=config.private)}")


def _tell(sizes: Mapping[str, int]) -> None:
    """Say what would be uploaded."""
    for path, size in sizes.items():
        print(f"  {size:>14,}  {path}")
    print(f"publish: {sum(sizes.values()) / 1e6:.1f} MB")
