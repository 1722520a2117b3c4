"""Texts in place of pictures: captions, to ask of a text tower's neurons what MS asks of a vision encoder's.

MS for text is Monoscope's own; the paper measures pictures and leaves it open. The score is the same, over texts: how alike,
by a similarity encoder of texts, those are that a neuron fires on.
"""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from explorer.errors import UserError


@dataclass
class Texts:
    """The lines of a text file; read as an image set is."""

    path: Path
    keys: list[str]
    """The texts themselves."""
    labels: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.labels = [""] * len(self.keys)

    @property
    def name(self) -> str:
        return self.path.stem

    def stamp(self) -> str:
        return hashlib.sha256("\n".join(self.keys).encode()).hexdigest()[:16]

    def part(self, within: slice) -> "Texts":
        return Texts(self.path, self.keys[within])


def open_texts(path: Path) -> Texts:
    """One text a line; empty lines are left out.

    Raises:
        UserError: if there is no such file, or nothing in it.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"--texts {path}: cannot be read ({error}); give a text file with one text a line") from error
    kept = [line.strip() for line in lines if line.strip()]
    if not kept:
        raise UserError(f"--texts {path}: no text in it; give a file with one text a line")
    return Texts(path, kept)
