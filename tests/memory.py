"""How much memory a block of code takes at its height, whatever this process took before."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Growth:
    """Of the memory of this process."""

    mb: float = float("nan")
    """At the height of the block, above what it began with; known once it has ended."""


@contextmanager
def growth() -> Iterator[Growth]:
    """Measure the block; the peak of the whole process says nothing after a test that took more."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here
    before, measured = status_mb("VmRSS"), Growth()
    yield measured
    measured.mb = status_mb("VmHWM") - before


def status_mb(name: str) -> float:
    """A figure of this process's memory, in MB of 10⁶ bytes."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) * 1024 / 1e6
