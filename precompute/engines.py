"""Where the pieces of a stage run: one after another in this process, or side by side on a Ray cluster.

A piece writes its result to the stage's directory, whole or not at all, so it may be run again: by Ray, when an actor died, or by
the next run, when all did. On a cluster the directory must be on a disk that all machines share.
"""

import pickle  # between the processes of one cluster, as Ray itself does; nothing on disk
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar

from explorer.errors import UserError

Engine = Literal["here", "ray"]
P = TypeVar("P")
Work = Callable[[P], int]  # a piece → how much it was


def on_ray(make: Callable[[], Work[P]], pieces: Sequence[P], actors: int) -> Iterator[int]:
    """Run pieces as a Ray Data job, and give how much each was as it is done, in any order.

    Args:
        make: called once by each actor: loads what the pieces need, and stays.
        pieces: each goes to the actor that does it, and to no other.
        actors: at most; each takes one GPU where the cluster has any.

    Raises:
        UserError: if Ray is not installed.
    """
    if not pieces:
        return
    ray = _ray()
    gpus = {"num_gpus": 1} if ray.cluster_resources().get("GPU") else {"num_cpus": 1}
    numbers = ray.data.from_items([{"piece": pickle.dumps(piece)} for piece in pieces], override_num_blocks=len(pieces))
    pool = ray.data.ActorPoolStrategy(size=min(actors, len(pieces)))
    done = numbers.map_batches(_Actor, fn_constructor_args=(make,), batch_size=1, compute=pool, **gpus)
    for batch in done.iter_batches(batch_size=1, prefetch_batches=0):
        yield int(batch["done"][0])


def merged_on_ray(merge: Callable[[Path, Path], Path], parts: Sequence[Path]) -> Path:
    """Merge files in a tree, neighbours first: half of them at a time, each pair a task of its own."""
    ray = _ray()
    task = ray.remote(max_retries=3)(lambda first, second: merge(first, second))  # Ray takes no partial
    waiting: list[Any] = list(parts)
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
def _ray() -> Any:
    """Ray, connected: to the cluster that RAY_ADDRESS names, or to one of this machine's processes."""
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise UserError("--engine ray needs Ray, which is not installed: pip install -r requirements-ray.txt") from error
    if not ray.is_initialized():
        ray.init(log_to_driver=False, include_dashboard=False)
    ray.data.DataContext.get_current().enable_progress_bars = False
    return ray
