"""The log of a training run for TensorBoard, which is an option: the package is not among the requirements."""

from pathlib import Path

from explorer.errors import UserError
from precompute.training.log import Row

FOLDER = "tensorboard"  # in the run's directory


def require_tensorboard() -> None:
    """Refuse at once where the package is missing.

    Raises:
        UserError: if it is.
    """
    try:
        import torch.utils.tensorboard  # noqa: F401  # it looks for the package
    except ImportError as error:
        raise UserError(
            "--tensorboard needs TensorBoard, which is not installed: pip install tensorboard, or leave --tensorboard out"
        ) from error


class Board:
    """Writes rows of the log as scalars.

    Args:
        directory: of the run.
        start: the first step to come; TensorBoard leaves out what a stopped run wrote after it.
    """

    def __init__(self, directory: Path, start: int) -> None:
        require_tensorboard()
        from torch.utils.tensorboard import SummaryWriter

        self._writer = SummaryWriter(str(directory / FOLDER), purge_step=start + 1)

    def add(self, row: Row) -> None:
        """Write a row."""
        for name, value in row._asdict().items():
            if name != "step":
                self._writer.add_scalar(f"train/{name}", value, row.step)
        self._writer.flush()
