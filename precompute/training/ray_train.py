"""Training on a Ray cluster with Ray Train: one worker a process, or a GPU; where one dies, all go on from the last checkpoint.

The run's directory must be on a disk that all machines share, as for the other stages.
"""

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
from tqdm import tqdm

from explorer.errors import UserError
from precompute.engines import connected
from precompute.training.log import LOG
from precompute.training.peers import Alone, Together

FAILURES = 3  # deaths of workers that a run survives
POLLED = 2.0  # seconds between two looks at the log


def train_on_ray(fit: Callable[[Alone], None], workers: int, steps: int, directory: Path) -> None:
    """Run `fit` in every worker.

    Args:
        fit: trains into `directory`, as one of the workers that it is given.
        workers: processes, each with one GPU if the cluster has any.
        steps: of the run, for the progress bar.

    Raises:
        UserError: if Ray is not installed, a worker refuses, or too many of them die.
    """
    ray = connected()
    from ray.train import FailureConfig, RunConfig, ScalingConfig
    from ray.train.torch import TorchTrainer

    own = directory / "ray"  # Ray's notes on the run; all machines see it
    trainer = TorchTrainer(
        lambda: fit(Together()),
        scaling_config=ScalingConfig(num_workers=workers, use_gpu=bool(ray.cluster_resources().get("GPU"))),
        run_config=RunConfig(name="train", storage_path=str(own.resolve()), failure_config=FailureConfig(FAILURES)),
    )
    try:
        with _progress(directory, steps):
            trainer.fit()
    except ray.train.TrainingFailedError as error:
        raise _cause(error, directory) from error
    finally:
        shutil.rmtree(own, ignore_errors=True)


def _cause(error: Any, directory: Path) -> UserError:
    """What a worker refused, or that workers died."""
    failures = getattr(error, "worker_failures", {}).values()
    refused = next((failure for failure in failures if isinstance(failure, UserError)), None)
    died = f"--engine ray: workers died more than {FAILURES} times; {directory} keeps the last checkpoint: run it again to go on"
    return refused or UserError(died)


@contextmanager
def _progress(directory: Path, steps: int) -> Iterator[None]:
    """A progress bar that follows the log, which the first worker writes."""
    done = threading.Event()
    with tqdm(total=steps, unit="step", desc="train on Ray", dynamic_ncols=True) as bar:

        def follow() -> None:
            while not done.wait(POLLED):
                bar.update(_last_step(directory) - bar.n)

        thread = threading.Thread(target=follow, daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()
            bar.update(_last_step(directory) - bar.n)


def _last_step(directory: Path) -> int:
    path = directory / LOG
    steps = pd.read_parquet(path, columns=["step"])["step"].tolist() if path.is_file() else []
    return max(steps, default=0)
