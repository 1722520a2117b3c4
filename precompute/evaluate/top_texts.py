"""The texts that neurons of a text tower fire on most strongly."""

from pathlib import Path

import numpy as np
import pandas as pd

from explorer.errors import UserError
from precompute.activations import used_images
from precompute.stage_record import finished


def top_texts(scores: Path, count: int = 5) -> pd.DataFrame:
    """One row a living neuron: its number, its MS by each similarity encoder, its `count` top texts; the highest MS first.

    Args:
        scores: that score wrote, of texts.

    Raises:
        UserError: if it did not, or the activations it read are gone.
    """
    activations = Path(finished(scores, "score")["result"]["paths"]["activations"])
    if not activations.is_dir():
        raise UserError(f"the texts of {scores} are not found: they are in {activations}, seen from where it was made; ask there")
    texts = used_images(activations)["key"].to_numpy()
    neurons, tops = pd.read_parquet(scores / "neurons.parquet"), pd.read_parquet(scores / "tops.parquet")
    tops = tops.loc[(tops["band"] == "top") & (tops["rank"] < count)]
    tops = tops.assign(text=texts[np.asarray(tops["row"])])
    scored = [name for name in neurons.columns if name.startswith("ms_")]
    table = neurons.loc[neurons["max"] > 0, ["neuron", *scored]].merge(tops.groupby("neuron")["text"].agg(list), on="neuron")
    return table.sort_values([scored[0], "neuron"], ascending=[False, True], ignore_index=True)
