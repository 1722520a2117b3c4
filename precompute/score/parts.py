"""The pass over the images in parts, on Ray's actors; the parts' sums are made in a tree.

A part is a file of accumulators, so what an actor knew is not lost with it, and a killed run goes on. Its size is that of the
neurons: however many images there are, no worker holds more.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from precompute.engines import merged_on_ray, on_ray
from precompute.score.partial import restore, save
from precompute.score.scores import Given, Scores, batches

PARTS_PER_ACTOR = 4  # a part that is lost with its actor costs a fourth of what the actor has to do


@dataclass(frozen=True)
class Job:
    """What every worker is told; it goes over the wire."""

    load: Callable[[], Given]
    pooling: str
    out: Path
    """The stage's directory, absolute."""

    def file(self, first: int, last: int) -> Path:
        """Where the sum of these parts is kept."""
        return self.out / f"part-{first:04d}-{last:04d}.safetensors"


def scored_on_ray(job: Job, actors: int, tell: Callable[[int], object]) -> Scores:
    """Score all images on a cluster.

    Args:
        tell: hears how many images were scored, as they are.
    """
    given = job.load()
    count = min(given.activations.shards, PARTS_PER_ACTOR * actors)
    for images in on_ray(partial(Part, job, count), range(count), actors):
        tell(images)
    whole = merged_on_ray(partial(merge, job), [job.file(part, part) for part in range(count)])
    scores = Scores(given)
    restore(scores.parts(), whole)
    return scores


class Part:
    """Scores one part of `count` at a call: a run of shards."""

    def __init__(self, job: Job, count: int) -> None:
        self._job, self._count, self._given = job, count, job.load()

    def __call__(self, part: int) -> int:
        """Score it into its file, unless it is there from before; gives its number of images."""
        shards, path, scores = self._given.activations.shards, self._job.file(part, part), Scores(self._given)
        if path.is_file():
            restore(scores.parts(), path)
            return scores.histogram.images
        mine = range(part * shards // self._count, (part + 1) * shards // self._count)
        for batch in batches(self._given, self._job.pooling, mine):
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
    path = job.file(int(first.stem.split("-")[1]), int(second.stem.split("-")[2]))
    save(scores.parts(), path)
    return path


def forget(out: Path) -> None:
    """Remove the parts of a finished run."""
    for path in out.glob("part-*.safetensors"):
        path.unlink()
