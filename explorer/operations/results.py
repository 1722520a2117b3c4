"""What operations give: small frozen dataclasses that become JSON and pandas."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from math import isfinite
from typing import Any

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Result:
    """A result with named fields."""

    def as_dict(self) -> dict[str, Any]:
        """The fields as JSON holds them: arrays as lists, numbers that are not finite as None."""
        return {field.name: _plain(getattr(self, field.name)) for field in fields(self)}


def as_frame(results: Iterable[Result]) -> pd.DataFrame:
    """One row a result."""
    return pd.DataFrame([result.as_dict() for result in results])


def _plain(value: Any) -> Any:
    if isinstance(value, Result):
        return value.as_dict()
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return _plain(value._asdict())  # type: ignore[attr-defined]
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not isfinite(value) else value
