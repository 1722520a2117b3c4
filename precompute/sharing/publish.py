"""The command publish: atlases → a data set of the Hugging Face Hub."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, UseAppendAction, arg

from explorer.atlas.portable.hub import check_repository
from explorer.errors import UserError
from precompute.sharing.data_set import data_set, upload


@dataclass(frozen=True)
class Publish:
    """Publish atlases as a data set of the Hugging Face Hub, with a card; a data set that has some is brought up to date.

    Needs a token that may write: `hf auth login`, or HF_TOKEN.

    Example: python -m precompute publish --atlas atlases/photos ada/photos-atlas --license cc-by-4.0
    """

    repository: Annotated[str, Positional, arg(metavar="USER/NAME")]
    """The data set; made if there is none."""
    atlas: UseAppendAction[tuple[Path, ...]] = ()
    """An atlas; again for each further one. The data set holds these and no others afterwards."""
    license: Annotated[str, arg(metavar="ID")] = "other"
    """Of the pictures and of what was made of them, as the Hub abbreviates it: cc-by-4.0, mit."""
    content_note: Annotated[str, arg(metavar="TEXT")] = ""
    """What to know before the pictures are seen; the data set is then marked as not for all audiences."""
    private: bool = False
    """Leave a new data set private."""
    dry_run: bool = False
    """Read and check everything, say what would be uploaded, and upload nothing."""


def run(config: Publish) -> None:
    """Check the atlases, then upload them in one commit.

    Raises:
        UserError: if an atlas is not whole or a name is none, before anything is uploaded; or the Hub refuses.
    """
    check_repository(config.repository)
    if not config.atlas:
        raise UserError("publish needs at least one --atlas: name its directory")
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{0,40}", config.license):
        raise UserError(
            f"--license {config.license}: it is no licence as the Hub abbreviates them; give cc-by-4.0, say, or other"
        )
    data = data_set(config.repository, config.atlas, config.license, config.content_note)
    size = sum(file.stat().st_size for file in data.files.values())
    print(f"publish: {len(data.files)} files, {size / 1e6:.1f} MB, and a card")
    if config.dry_run:
        print("\n".join(f"  {file.stat().st_size:>12,}  {path}" for path, file in data.files.items()))
        return
    print(f"publish: {upload(data, private=config.private)} holds {len(config.atlas)} of your atlases now")
