"""Monoscope's explorer: everything that runs while people use the app; `open_atlas` for programs."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explorer.model_pool import ModelPool
    from explorer.notebook import OpenAtlas

__version__ = "0.1.0"


def open_atlas(directory: Path | str, vlm: str | None = None, pool: "ModelPool | None" = None) -> "OpenAtlas":
    """Open an atlas for use in a program, see `explorer.notebook.open_atlas`."""
    from explorer import notebook  # with pandas: only for who asks

    return notebook.open_atlas(directory, vlm, pool)
