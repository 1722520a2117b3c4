"""The texts that neurons of a text tower fire on most strongly."""

from pathlib import Path

import pandas as pd

from precompute.activations import used_images
from precompute.record import finished


def top_texts(scores: Path, count: int = 5) -> pd.DataFrame:
    """One row a living neuron: its number, its MS by each similarity encoder, its `count` top texts; the highest MS first.

    Args:
        scores: that score wrote, of texts.

    Raises:
        UserError: if it did not.
    """
    texts = used_images(Path(finished(scores, "score")["result"]["paths"]["activations"]))["key"].to_numpy()
    neurons, tops = pd.read_parquet(scores / "neurons.parquet"), pd.read_parquet(scores / "tops.parquet")
    tops = tops[(tops["band"] == "top") & (tops["rank"] < count)]
    tops = tops.assign(text=texts[tops["row"].to_numpy()])
    scored = [name for name in neurons.columns if name.startswith("ms_")]
    table = neurons.loc[neurons["max"] > 0, ["neuron", *scored]].merge(tops.groupby("neuron")["text"].agg(list), on="neuron")
    return table.sort_values([scored[0], "neuron"], ascending=[False, True], ignore_index=True)
