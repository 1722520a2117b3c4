"""Hiding: which atlases the public pages must not show, as long as a blind study of them is open or paused.

Studies are opened and closed by commands, by researchers and by other processes, so a process asks the database once a second
(`opening.py`), and whenever a participant asks for something.
"""

from collections.abc import Callable, ItemsView, Iterable, Iterator, Mapping, ValuesView
from dataclasses import dataclass

from explorer.atlas.atlas import Atlas
from explorer.atlas.library import Library
from explorer.study.design import Study


@dataclass
class Hidden:
    """The names of the atlases that are hidden now.

    Args:
        library: all atlases.
    """

    library: Library
    names: frozenset[str] = frozenset()

    def update(self, running: Iterable[Study]) -> None:
        """Take in which studies are open or paused."""
        self.names = hidden_by(running, self.library)


def hidden_by(running: Iterable[Study], library: Library) -> frozenset[str]:
    """The atlases of the blind ones, and all of the same images.

    Two SAEs may have neurons so alike that one tells what the other's MS is.
    """
    blind = {name for study in running if study.rules.blind for name in study.atlases}
    images = {library.atlases[name].manifest.dataset.fingerprint for name in blind & library.atlases.keys()}
    alike = (name for name, atlas in library.atlases.items() if atlas.manifest.dataset.fingerprint in images)
    return frozenset(alike) | blind


class Shown(Mapping[str, Atlas]):
    """Those of the atlases that are not hidden at the moment somebody asks; what is iterated over is of one moment.

    Args:
        every: all atlases.
        hidden: gives the names of the hidden ones.
    """

    def __init__(self, every: Mapping[str, Atlas], hidden: Callable[[], frozenset[str]]) -> None:
        self._every, self._hidden = every, hidden

    def __getitem__(self, name: str) -> Atlas:
        return self._now()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._now())

    def __len__(self) -> int:
        return len(self._now())

    def items(self) -> ItemsView[str, Atlas]:
        return self._now().items()

    def values(self) -> ValuesView[Atlas]:
        return self._now().values()

    def _now(self) -> dict[str, Atlas]:
        hidden = self._hidden()
        return {name: atlas for name, atlas in self._every.items() if name not in hidden}
