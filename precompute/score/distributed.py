"""The pass over the images in parts, on Ray's actors; the parts' sums are made in a tree.

A part is a file of accumulators, so what an actor knew is not lost with it, and a killed run goes on. Its size is that of the
neurons: however many images there are, no worker holds more.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from precompute.engines import merged_on_ray, on_ray
from precompute.score.accumulator_files import restore, save
from precompute.score.scoring_pass import Given, Scores, batches

PARTS_PER_ACTOR = 4  # a part that is lost with its actor costs a fourth of what the actor has to do


@dataclass(frozen=True)
class Job:
    """What every worker is told; it goes over the wire."""

    load: Callable[[], Given]
    pooling: str
    out: Path
    """The stage's directory, absolute."""

    def file(self, shards: range) -> Path:
        """Where the sum over these shards is kept."""
        return self.out / f"part-{shards.start:07d}-{shards.stop:07d}.safetensors"


def scored_on_ray(job: Job, actors: int, tell: Callable[[int], object]) -> Scores:
    """Score all images on a cluster.

    Args:
        tell: hears how many images were scored, as they are.
    """
    given = job.load()
    parts = cut(given.activations.shards, PARTS_PER_ACTOR * actors)
    for images in on_ray(partial(Part, job), parts, actors):
        tell(images)
    whole = merged_on_ray(partial(merge, job), [job.file(part) for part in parts])
    scores = Scores(given)
    restore(scores.parts(), whole)
    return scores


def cut(shards: int, parts: int) -> list[range]:
    """So many parts of about equal size, or as many as there are shards."""
    parts = min(shards, parts)
    return [range(part * shards // parts, (part + 1) * shards // parts) for part in range(parts)]


class Part:
    """Scores one part at a call."""

    def __init__(self, job: Job) -> None:
        self._job, self._given = job, job.load()

    def __call__(self, shards: range) -> int:
        """Score these into their file, unless it is there from before; gives the number of images."""
        path, scores = self._job.file(shards), Scores(self._given)
        if path.is_file():
            restore(scores.parts(), path)
            return scores.histogram.images
        for batch in batches(self._given, self._job.pooling, shards):
            scores.update(batch, self._given.sae)
        save(scores.parts(), path)
        return scores.histogram.images


def merge(job: Job, first: Path, second: Path) -> Path:
    """The sum of two files' scores, in a file named for all that it covers."""
    given = job.load()
    scores, other = Scores(given), Scores(given)
    restore(scores.parts(), first)
    restore(other.parts(), second)
    scores.merge(other)
    path = job.file(range(int(first.stem.split("-")[1]), int(second.stem.split("-")[2])))
    save(scores.parts(), path)
    return path


def forget(out: Path) -> None:
    """Remove the parts of a finished run."""
    for path in out.glob("part-*.safetensors"):
        path.unlink()
