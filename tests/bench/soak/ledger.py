"""What visitors of the soak write down together: how long each answer took, and what was wrong with it."""

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np


class Ledger:
    """Milliseconds by kind of visit, errors, and what each question was answered with first; for any thread."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._times: defaultdict[str, list[float]] = defaultdict(list)
        self._first: dict[str, str] = {}
        self.errors: list[str] = []

    @contextmanager
    def timed(self, kind: str) -> Iterator[None]:
        """Note how long the block took; one that raises counts for nothing here."""
        begun = time.perf_counter()
        yield
        with self._guard:
            self._times[kind].append(1000 * (time.perf_counter() - begun))

    def fail(self, why: str) -> None:
        """One error."""
        with self._guard:
            self.errors.append(why)

    def same(self, question: str, answer: str) -> None:
        """The same question has the same answer, whoever asks and whenever.

        Raises:
            AssertionError: if the first answer to it was another.
        """
        with self._guard:
            first = self._first.setdefault(question, answer)
        assert first == answer, f"{question}: answered {first[:80]!r} first, and {answer[:80]!r} now"

    def counts(self) -> dict[str, int]:
        """How many answers came, by kind."""
        with self._guard:
            return {kind: len(times) for kind, times in sorted(self._times.items())}

    def p95s(self) -> dict[str, float]:
        """`p95_KIND_ms` of each kind."""
        with self._guard:
            return {f"p95_{kind}_ms": round(float(np.percentile(times, 95)), 1) for kind, times in sorted(self._times.items())}
