"""The command pull: atlases of the Hub → atlases in their place, every byte of them verified."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from explorer.atlas.portable.hub import parse_hub
from explorer.atlas.portable.pull import pull


@dataclass(frozen=True)
class Pull:
    """Pull the atlases of a data set of the Hub, as DIR/NAME, and their thumbnails beside them.

    Goes on where it was broken off; what was downloaded before is not downloaded again. An explorer pulls by itself where
    MONOSCOPE_ATLASES names hub:USER/NAME@REVISION.

    Example: python -m precompute pull ada/photos-atlas@v1 atlases
    """

    source: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="USER/NAME[@REVISION]")]
    """The data set, and a commit, tag or branch of it; the newest by default."""
    directory: Annotated[Path, tyro.conf.Positional]
    """The directory of atlases to put them into; made if it is missing."""
    force: bool = False
    """Replace other atlases of the same names."""


def run(config: Pull) -> None:
    """Download, verify and put into place.

    Raises:
        UserError: if there is no such data set or revision, it cannot be downloaded, or an atlas of it cannot be used.
    """
    atlases = parse_hub(config.source)
    for pulled in pull(atlases, config.directory, force=config.force):
        where = config.directory / pulled.name
        print(f"pull: atlas {pulled.name} of {atlases} is {'' if pulled.new else 'already '}at {where}")
