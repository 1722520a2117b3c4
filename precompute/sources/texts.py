"""Texts in place of images: captions, on which the neurons of a text tower are scored.

MS for text is Monoscope's own; the paper scores images and leaves text open. The score is the same over texts: how similar the
texts that a neuron fires on are, by a text encoder.
"""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from explorer.errors import UserError


@dataclass
class Texts:
    """The lines of a text file, with the interface of an image set but for `read`."""

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
    """Read one text a line; empty lines are left out.

    Raises:
        UserError: if the file cannot be read, or has no text.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"--texts {path}: cannot be read ({error}); give a text file with one text a line") from error
    texts = [line.strip() for line in lines if line.strip()]
    if not texts:
        raise UserError(f"--texts {path}: no text in it; give a file with one text a line")
    return Texts(path, texts)
