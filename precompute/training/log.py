"""The log of a training run, `log.parquet`: one row each hundred steps, kept over stops."""

from pathlib import Path
from typing import NamedTuple

import pandas as pd

from precompute.atomic_files import replacing
from precompute.training.objectives import Objective

LOG = "log.parquet"
EVERY = 100  # steps


class Row(NamedTuple):
    """What one step's batch tells."""

    step: int  # from 1
    loss: float  # all terms
    reconstruction: float  # R
    auxiliary: float  # A; 0 where no neuron is dead
    r2: float  # share of the batch's variance that is explained
    l0: float  # neurons active per vector
    dead: int  # neurons that have not fired for long
    seconds: float  # a step, since the row before
    mono: float = 0.0  # M; 0 without --mono


class Log:
    """Rows of this run and of those that it goes on from.

    Args:
        directory: of the run.
        start: the first step to come; later rows of a run that was stopped are dropped.
    """

    def __init__(self, directory: Path, start: int) -> None:
        self._path = directory / LOG
        before = pd.read_parquet(self._path) if start and self._path.is_file() else pd.DataFrame(columns=list(Row._fields))
        self.rows = [Row(*row) for row in before[before["step"] <= start].itertuples(index=False)]

    def add(self, step: int, objective: Objective, dead: int, seconds: float) -> Row:
        """Add the row of step `step`, from 1."""
        losses = (objective.total, objective.reconstruction, objective.auxiliary, objective.r2)
        l0 = len(objective.codes.values) / len(objective.codes)
        self.rows.append(
            Row(step, *(float(loss) for loss in losses), l0=l0, dead=dead, seconds=seconds, mono=float(objective.mono))
        )
        return self.rows[-1]

    def write(self) -> None:
        """Write all rows."""
        with replacing(self._path) as partial:
            pd.DataFrame(self.rows, columns=list(Row._fields)).to_parquet(partial, index=False)
