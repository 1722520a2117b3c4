"""What the server takes while visitors are there: memory of its processes, and what it wrote to disk."""

import os
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import psutil

from tests.serving import ROOT, Served

EVERY_S = 1.0
SETTLED_S, SETTLED_SHARE = 300.0, 1 / 6  # memory is compared with that of minute 5 to 6, in a shorter run of its sixth part


class Memory:
    """The resident memory of the server and its children, by the seconds since the beginning."""

    def __init__(self) -> None:
        self.samples: list[tuple[float, int]] = []  # seconds, bytes

    @contextmanager
    def watched(self, site: Served) -> Iterator[None]:
        """Look every EVERY_S while the block runs."""
        over, begun, process = threading.Event(), time.monotonic(), psutil.Process(site.process.pid)

        def watch() -> None:
            while not over.wait(EVERY_S):
                self.samples.append((time.monotonic() - begun, _resident(process)))

        thread = threading.Thread(target=watch, name="memory")
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def growth_percent(self, seconds: float) -> float:
        """The median of the last tenth, against that of the minute in which the server had settled.

        Args:
            seconds: that the visitors were there.
        """
        settled = min(SETTLED_S, SETTLED_SHARE * seconds)
        before = self._median(settled, 1.2 * settled)
        return round(100 * (self._median(0.9 * seconds, seconds) / before - 1), 2)

    def _median(self, begin: float, end: float) -> float:
        """Of the samples between two moments; of the nearest one where there is none."""
        there = [taken for at, taken in self.samples if begin <= at < end]
        return float(np.median(there or [min(self.samples, key=lambda sample: abs(sample[0] - begin))[1]]))


def _resident(process: psutil.Process) -> int:
    total = 0
    with suppress(psutil.NoSuchProcess):
        for one in [process, *process.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                total += one.memory_info().rss
    return total


def written(site: Served, cache: Path) -> dict[str, int]:
    """Bytes on disk: `uploads`, the `study`'s database, the `log`, all else that is `temporary`, the `cache`, and `work`."""
    of_uploads = site.scratch / f"monoscope-uploads-{os.getuid()}"
    of_study = sum(map(_size, site.scratch.glob("answers.sqlite*")))
    parts = {"uploads": _size(of_uploads), "study": of_study, "log": _size(site.scratch / "log")}
    temporary = _size(site.scratch) - sum(parts.values())
    return parts | {"temporary": temporary, "cache": _size(cache), "work": _size(ROOT / "work")}


def grown(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, float]:
    """Megabytes, by part."""
    return {name: round((after[name] - before[name]) / 1e6, 2) for name in after}


def _size(path: Path) -> int:
    total = 0
    for file in [path, *path.rglob("*")]:
        with suppress(FileNotFoundError):  # it was temporary
            total += file.lstat().st_size if not file.is_dir() else 0
    return total
