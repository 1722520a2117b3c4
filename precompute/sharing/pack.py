"""The command pack: an atlas and the thumbnails that it shows → one file."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro
from tqdm import tqdm

from explorer.atlas.portable.contents import Whole, whole_atlas
from explorer.errors import UserError
from precompute.atomic_files import replacing
from precompute.options import MaybePath
from precompute.sharing.packed import write_packed

ENDING = ".atlas.zip"


@dataclass(frozen=True)
class Pack:
    """Pack an atlas into one file: all of its files, and of the image store beside it the parts that it needs.

    The same atlas gives the same bytes. A model that the encoder or the search names by a directory is not packed.

    Example: python -m precompute pack atlases/photos --out photos.atlas.zip
    """

    atlas: Annotated[Path, tyro.conf.Positional]
    """The atlas to pack."""
    out: MaybePath = None
    """The file to write; NAME.atlas.zip in this directory by default."""
    force: bool = False
    """Replace a file that is there."""


def run(config: Pack) -> None:
    """Write the file; one that is there by that name is whole.

    Raises:
        UserError: if the atlas is not whole, or something is there that may not be replaced.
    """
    whole = whole_atlas(config.atlas)
    out = config.out or Path(f"{whole.manifest.name}{ENDING}")
    if out.is_dir() or (out.exists() and not config.force):
        raise UserError(f"--out {out}: something is there already; name another file{'' if out.is_dir() else ', or add --force'}")
    out.parent.mkdir(parents=True, exist_ok=True)
    with _removed_if_broken(out) as partial, tqdm(total=whole.bytes, unit="B", unit_scale=True, desc="pack", leave=False) as bar:
        write_packed(whole, partial, bar)
    with out.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    print(f"pack: atlas {whole.manifest.name} is {out}, {out.stat().st_size / 1e6:.1f} MB, SHA-256 {digest}")
    for sentence in left_out(whole):
        print(f"pack: {sentence}")


@contextmanager
def _removed_if_broken(out: Path) -> Iterator[Path]:
    """A path to write to that becomes `out`, or goes."""
    with replacing(out) as partial:
        try:
            yield partial
        except BaseException:
            partial.unlink(missing_ok=True)
            raise


def left_out(whole: Whole) -> list[str]:
    """What a copy of the atlas lacks, a sentence each: models that it names by a directory."""
    used = {"reads pictures": whole.manifest.encoder}
    used |= {} if whole.manifest.search is None else {"reads words": whole.manifest.search.model}
    return [
        f"the model that {what}, {info.source}, is a directory beside the atlas and stays here: elsewhere it must be put there"
        for what, info in used.items()
        if info.local
    ]
