"""The scoring pass on Ray's actors: each scores parts of the images, and the parts' sums are added up in a tree.

The sum of a part is a file of accumulators, so it is not lost with its actor, and a killed run resumes. Its size depends on the
number of neurons alone: however many images there are, no worker holds more.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from precompute.engines import merged_on_ray, on_ray
from precompute.score.accumulator_files import restore, save
from precompute.score.scoring_pass import ScoreInputs, ScoringPass, batches

PARTS_PER_ACTOR = 4  # a part that is lost with its actor costs a fourth of the actor's work


@dataclass(frozen=True)
class Job:
    """What every worker needs to know; it is sent over the network."""

    load: Callable[[], ScoreInputs]
    pooling: str
    out: Path
    """The stage's directory, absolute."""

    def file(self, shards: range) -> Path:
        """Return the path of the sum over these shards."""
        return self.out / f"part-{shards.start:07d}-{shards.stop:07d}.safetensors"


def cut(shards: int, parts: int) -> list[range]:
    """Cut shards into `parts` ranges of about equal size, or into as many as there are shards."""
    parts = min(shards, parts)
    return [range(part * shards // parts, (part + 1) * shards // parts) for part in range(parts)]


def score_parts(job: Job, parts: list[range], actors: int) -> Iterator[int]:
    """Score parts into their files; yields the number of images of each part as it is done."""
    yield from on_ray(partial(PartScorer, job), parts, actors)


def merged(job: Job, parts: list[range]) -> ScoringPass:
    """Add up the files of all parts."""
    whole = ScoringPass(job.load())
    restore(whole.accumulators(), merged_on_ray(partial(merge, job), [job.file(part) for part in parts]))
    return whole


class PartScorer:
    """Scores one part per call; it loads its inputs once."""

    def __init__(self, job: Job) -> None:
        self._job, self._inputs = job, job.load()

    def __call__(self, shards: range) -> int:
        """Score these shards into their file, unless an earlier run did; returns the number of images."""
        path, scoring = self._job.file(shards), ScoringPass(self._inputs)
        if path.is_file():
            restore(scoring.accumulators(), path)
            return scoring.histogram.images
        for batch in batches(self._inputs, self._job.pooling, shards):
            scoring.update(batch)
        save(scoring.accumulators(), path)
        return scoring.histogram.images


def merge(job: Job, first: Path, second: Path) -> Path:
    """Write the sum of two files of neighbouring parts; returns its path."""
    inputs = job.load()
    scoring, other = ScoringPass(inputs), ScoringPass(inputs)
    restore(scoring.accumulators(), first)
    restore(other.accumulators(), second)
    scoring.merge(other)
    path = job.file(range(int(first.stem.split("-")[1]), int(second.stem.split("-")[2])))
    save(scoring.accumulators(), path)
    return path


def remove_parts(out: Path) -> None:
    """Remove the files of a finished run's parts."""
    for path in out.glob("part-*.safetensors*"):
        path.unlink()
