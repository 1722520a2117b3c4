"""Turns: jobs of several threads run one at a time, first come, first served."""

import threading
from collections import deque
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")
_END = object()


class Turns:
    """One queue for all threads."""

    def __init__(self) -> None:
        self._waiting: deque[threading.Event] = deque()  # the first has its turn
        self._guard = threading.Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn; it ends with the block. Not to be nested."""
        mine = threading.Event()
        with self._guard:
            self._waiting.append(mine)
            self._waiting[0].set()
        try:
            mine.wait()
            yield
        finally:
            with self._guard:
                self._waiting.remove(mine)
                if self._waiting:
                    self._waiting[0].set()

    def each(self, pieces: Iterator[T]) -> Iterator[T]:
        """The same pieces, each computed in a turn of its own: long jobs go on side by side, and none holds up the others."""
        try:
            while True:
                with self.turn():
                    piece = next(pieces, _END)
                if piece is _END:
                    return
                yield piece  # type: ignore[misc]
        finally:
            if isinstance(pieces, Generator):
                pieces.close()
