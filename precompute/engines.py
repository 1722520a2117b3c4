"""Where the pieces of a stage run: in this process one after another, or side by side on a Ray cluster.

A piece writes its result to the stage's directory, whole or not at all. So it can run again: by Ray, if its actor died, or in the
next run, if all did. On a cluster the directory must be on a disk that all machines share.
"""

import pickle  # between the processes of one cluster, as Ray itself does; nothing on disk
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar

from explorer.errors import UserError

Engine = Literal["local", "ray"]
P = TypeVar("P")
Work = Callable[[P], int]  # runs a piece and returns its number of items


def on_ray(make: Callable[[], Work[P]], pieces: Sequence[P], actors: int) -> Iterator[int]:
    """Run pieces as a Ray Data job; yield the number of items of each as it is done, in any order.

    Args:
        make: called once by each actor; loads what the pieces need and keeps it.
        pieces: each is sent to the actor that runs it, and to no other.
        actors: at most; each takes one GPU if the cluster has any.

    Raises:
        UserError: if Ray is not installed.
    """
    if not pieces:
        return
    ray = connected()
    gpus = {"num_gpus": 1} if ray.cluster_resources().get("GPU") else {"num_cpus": 1}
    numbers = ray.data.from_items([{"piece": pickle.dumps(piece)} for piece in pieces], override_num_blocks=len(pieces))
    pool = ray.data.ActorPoolStrategy(size=min(actors, len(pieces)))
    done = numbers.map_batches(_Actor, fn_constructor_args=(make,), batch_size=1, compute=pool, **gpus)
    for batch in done.iter_batches(batch_size=1, prefetch_batches=0):
        yield int(batch["done"][0])


def merged_on_ray(merge: Callable[[Path, Path], Path], files: Sequence[Path]) -> Path:
    """Merge files in a tree, neighbours first: each pair is a task of its own, each round halves their number."""
    ray = connected()
    task = ray.remote(max_retries=3)(lambda first, second: merge(first, second))  # Ray takes no partial
    waiting: list[Any] = list(files)
    while len(waiting) > 1:
        pairs = [waiting[at : at + 2] for at in range(0, len(waiting), 2)]
        waiting = [task.remote(*pair) if len(pair) == 2 else pair[0] for pair in pairs]
    return waiting[0] if isinstance(waiting[0], Path) else ray.get(waiting[0])


class _Actor:
    def __init__(self, make: Callable[[], Work[Any]]) -> None:
        self._work = make()

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        return {"done": [self._work(pickle.loads(piece)) for piece in batch["piece"]]}


@cache
def connected() -> Any:
    """Connect to the cluster that RAY_ADDRESS names, or start one on this machine."""
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise UserError("--engine ray needs Ray, which is not installed: pip install -r requirements-ray.txt") from error
    if not ray.is_initialized():
        ray.init(log_to_driver=False, include_dashboard=False)
    ray.data.DataContext.get_current().enable_progress_bars = False
    return ray
