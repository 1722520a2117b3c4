"""The last values that were asked for, safe to share between threads."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Recent(Generic[T]):
    """A least-recently-used cache of `size` values, and of no more bytes than a limit, but always of the last value.

    Args:
        bytes_of: tells how many a value takes.
    """

    def __init__(self, size: int, most_bytes: int = 0, bytes_of: Callable[[T], int] = lambda _: 0) -> None:
        self._size, self._values, self._lock = size, OrderedDict[Hashable, T](), threading.Lock()
        self._most_bytes, self._bytes_of = most_bytes, bytes_of

    def get(self, key: Hashable) -> T | None:
        """The value, now the most recent one; None if it is not kept."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def keep(self, key: Hashable, value: T) -> T:
        """Keep a value; the oldest ones go if there are too many, or too many bytes."""
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            while len(self._values) > self._size or (len(self._values) > 1 and self._bytes() > self._most_bytes):
                self._values.popitem(last=False)
            return value

    def _bytes(self) -> int:
        return sum(map(self._bytes_of, self._values.values()))

    def get_or(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value, made if it is not kept; of two threads that make it at once, the later one's is kept."""
        value = self.get(key)
        return self.keep(key, make()) if value is None else value
