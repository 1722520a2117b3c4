"""Models in memory: an atlas's, loaded when first needed."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from explorer.atlas.atlas import Atlas

T = TypeVar("T")
# Of all models: libraries that import their parts when first used, as transformers does, break when two threads do it at once.
LOADING = threading.Lock()


class Loaded(Generic[T]):
    """Models in memory, one atlas's at a time: what a Space's 16 GB are sure to hold."""

    def __init__(self, load: Callable[[Atlas], T]) -> None:
        self._load = load
        self._loaded: tuple[str, T] | None = None

    def ready(self, atlas: Atlas) -> bool:
        """Whether the next picture is read at once."""
        return self._loaded is not None and self._loaded[0] == atlas.name

    def of(self, atlas: Atlas) -> T:
        """The atlas's models, loaded if they are not.

        Raises:
            UserError: if they cannot be.
        """
        with LOADING:
            if self._loaded is None or self._loaded[0] != atlas.name:
                self._loaded = None  # lets the old one go before the new one comes
                self._loaded = (atlas.name, self._load(atlas))
            return self._loaded[1]
