"""The stage export-sae: an SAE of ours, trained or of an atlas → a file that dictionary_learning or SAELens loads."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from explorer.errors import UserError
from explorer.models.sae.files import read_sae
from explorer.models.sae.importing import export_sae


@dataclass(frozen=True)
class ExportSae:
    """Write an SAE for another library.

    Example: python -m precompute export-sae --sae atlases/photos --to dictionary_learning --out ae.pt
    """

    sae: Path
    """Directory of an atlas, or one that train or import-sae wrote."""
    out: Path
    """For dictionary_learning the file to write, for sae_lens the directory."""
    to: Literal["dictionary_learning", "sae_lens"] = "dictionary_learning"
    """The library that is to load it."""
    force: bool = False
    """Replace what is there."""


def run(config: ExportSae) -> None:
    """Write `config.out`.

    Raises:
        UserError: if there is no SAE, or something is in its place already.
    """
    sae = read_sae(config.sae)
    if config.out.exists() and not config.force:
        raise UserError(f"--out {config.out}: is there already; name another or add --force")
    export_sae(sae, config.to, config.out)
    print(f"export-sae: {config.out}, for {config.to}")
