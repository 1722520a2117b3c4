"""The paper's released `pairs.csv`: a row for each pair, with the majority's choice and MS by two encoders, read and written.

Columns: k_x, k_y (neurons), R_user (the set that most people chose), MS_x_dino, MS_y_dino, MS_x_clip, MS_y_clip. R_user is read
as 1 or `x` for x, and 0, −1 or `y` for y; the paper's files do not say it, so a reader is told where most choices go against MS.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from explorer.errors import UserError

_CHOSEN = {
    "1": "first",
    "1.0": "first",
    "x": "first",
    "0": "second",
    "0.0": "second",
    "-1": "second",
    "-1.0": "second",
    "y": "second",
}
ENCODERS = ("dino", "clip")


def read_pairs(path: Path, encoder: str = "dino") -> pd.DataFrame:
    """The pairs as answers of one participant, the majority, for `agreement`.

    Args:
        path: of the CSV file.
        encoder: whose MS to take, `dino` or `clip`.

    Raises:
        UserError: if it cannot be read, or a value is none of these.
    """
    wanted = ["k_x", "k_y", "R_user", f"MS_x_{encoder}", f"MS_y_{encoder}"]
    try:
        table = pd.read_csv(path)[wanted]
        first, second = table[wanted[3]].astype(float), table[wanted[4]].astype(float)
    except (OSError, ValueError, KeyError) as error:
        raise UserError(f"{path}: asked for a CSV file with the columns {', '.join(wanted)}: {error}") from error
    chosen = [_CHOSEN.get(str(value).strip().lower()) for value in table["R_user"]]
    if table.empty or None in chosen or not np.isfinite([first, second]).all():
        raise UserError(f"{path}: asked for R_user of 1 or 0 (or x or y) and an MS in every row; correct the rows")
    columns = {"participant": "majority", "pair": range(len(table)), "first_neuron": table["k_x"], "second_neuron": table["k_y"]}
    return pd.DataFrame(columns | {"first_ms": first, "second_ms": second, "chosen": chosen})


def to_pairs_csv(answers: pd.DataFrame, encoder: str = "dino") -> str:
    """The study's pairs in that format, those without a majority left out; MS by the other encoder is empty.

    Args:
        answers: of one study, as `read_answers` gives them.
        encoder: the columns that the study's MS go to.
    """
    decided = answers.query("chosen != 'neither'").assign(vote=lambda table: table["chosen"].map({"first": 1, "second": -1}))
    pairs = decided.groupby("pair").first().assign(votes=decided.groupby("pair")["vote"].sum()).query("votes != 0")
    table = pd.DataFrame(
        {"k_x": pairs["first_neuron"], "k_y": pairs["second_neuron"], "R_user": (pairs["votes"] > 0).astype(int)}
    )
    for name in ENCODERS:
        table[f"MS_x_{name}"] = pairs["first_ms"] if name == encoder else np.nan
        table[f"MS_y_{name}"] = pairs["second_ms"] if name == encoder else np.nan
    return table.to_csv(index=False)
