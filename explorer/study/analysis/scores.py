"""Any other score of neurons, held against answers that people gave: the use that the paper hopes its benchmark will have."""

from pathlib import Path

import numpy as np
import pandas as pd

from explorer.errors import UserError

COLUMNS = ("atlas", "neuron", "score")


def with_scores(answers: pd.DataFrame, path: Path) -> pd.DataFrame:
    """The same answers with another score in the place of MS; pairs with a neuron that has none are left out.

    Args:
        answers: as `read_answers` gives them.
        path: a CSV file with the columns atlas, neuron and score; without atlas where neurons are numbered by themselves.

    Raises:
        UserError: if the file cannot be read, gives two scores for a neuron, or none for any pair.
    """
    try:
        table = pd.read_csv(path)
        keys = [name for name in COLUMNS[:2] if name in table]
        scores = table.set_index(keys)["score"].astype(float)
    except (OSError, ValueError, KeyError) as error:
        raise UserError(f"{path}: asked for a CSV file with the columns {', '.join(COLUMNS)}: {error}") from error
    if "neuron" not in keys or scores.index.has_duplicates or not np.isfinite(scores).all():
        raise UserError(f"{path}: asked for one finite score a neuron; correct the rows")
    scored = answers.copy()
    for side in ("first", "second"):
        asked = [answers[f"{side}_{key}"] for key in keys]
        wanted = pd.MultiIndex.from_arrays(asked) if len(keys) > 1 else pd.Index(asked[0])
        scored[f"{side}_ms"] = scores.reindex(wanted).to_numpy()
    scored = scored.dropna(subset=["first_ms", "second_ms"])
    if scored.empty:
        raise UserError(f"{path}: no pair of the study has a score for both of its neurons; check the names and numbers")
    return scored
