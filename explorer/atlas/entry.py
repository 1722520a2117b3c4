"""What whoever runs the explorer says about an atlas, in the registry; the atlas itself knows nothing of it."""

from typing import NamedTuple


class Entry(NamedTuple):
    """An atlas's entry."""

    name: str | None = None  # in place of the one it was built with
    first: bool = False  # whether the explorer opens on it
    content_note: str = ""  # to agree to before its images are seen
    steering: bool = True  # whether visitors may steer with it


PLAIN = Entry()
