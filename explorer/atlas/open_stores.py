"""Open image stores: each directory's once for all atlases beside it, and under a name of its own in public."""

from collections.abc import Mapping
from pathlib import Path

from explorer.atlas.image_parts import Parts, digest
from explorer.atlas.manifest import FileInfo


class OpenStores:
    """What was read of image stores so far."""

    def __init__(self) -> None:
        self._parts: dict[Path, Parts] = {}

    def parts(self, directory: Path, listed: Mapping[str, FileInfo]) -> Parts:
        """What was read of one store.

        Args:
            directory: of the store.
            listed: the parts that an atlas needs. Where another directory has the name already, this one's is told apart by them.
        """
        place = directory.resolve()
        if place not in self._parts:
            taken = directory.name in {parts.name for parts in self._parts.values()}
            self._parts[place] = Parts(f"{directory.name}-{digest(listed)}" if taken else directory.name)
        return self._parts[place]
