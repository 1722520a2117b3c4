"""The texts that neurons of a text tower fire on most strongly."""

from pathlib import Path

import numpy as np
import pandas as pd

from explorer.errors import UserError
from precompute.activations import used_images
from precompute.stage_record import finished


def top_texts(scores: Path, count: int = 5) -> pd.DataFrame:
    """Return one row a living neuron: its number, its MS by each similarity encoder, its `count` top texts; the highest MS first.

    Args:
        scores: directory that score wrote, of texts.

    Raises:
        UserError: if it is not one, or its activations are missing.
    """
    activations = Path(finished(scores, "score")["result"]["paths"]["activations"])
    if not activations.is_dir():
        raise UserError(
            f"the texts of {scores} are missing: {activations}, relative to the directory that score ran in; run it there"
        )
    texts = used_images(activations)["key"].to_numpy()
    neurons, top_rows = pd.read_parquet(scores / "neurons.parquet"), pd.read_parquet(scores / "tops.parquet")
    top_rows = top_rows.loc[(top_rows["band"] == "top") & (top_rows["rank"] < count)]
    top_rows = top_rows.assign(text=texts[np.asarray(top_rows["row"])])
    scored = [name for name in neurons.columns if name.startswith("ms_")]
    table = neurons.loc[neurons["max"] > 0, ["neuron", *scored]].merge(top_rows.groupby("neuron")["text"].agg(list), on="neuron")
    return table.sort_values([scored[0], "neuron"], ascending=[False, True], ignore_index=True)
