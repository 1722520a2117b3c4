"""How far the neurons of an atlas have different top images (PAPER.md §3, "Uniqueness"), from the atlas alone."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch

from explorer.atlas.atlas import Atlas
from explorer.atlas.manifest import TOPS
from precompute.score.coactivation import top_set_jaccard
from precompute.score.largest import Ranked

TOP = 16  # images: PAPER.md §3


class Uniqueness(NamedTuple):
    """Overlap of the sets of top images."""

    whole: pd.DataFrame  # one row: atlas, pairs (of neurons that fire), overlapping (Jaccard > 0), alike (> 0.5)
    alike: pd.DataFrame  # one row an alike pair: atlas, neuron, other, jaccard


def top_images(directory: Path) -> pd.DataFrame:
    """The TOP images of every neuron of an atlas: `neuron, rank, image` (content hash), by neuron and rank."""
    wanted = [("band", "==", "top"), ("rank", "<", TOP)]
    return pd.read_parquet(directory / TOPS, columns=["neuron", "rank", "image"], filters=wanted)


def uniqueness(atlas: Atlas) -> Uniqueness:
    """Compare the top images of all pairs of neurons; the cost is that of the pairs that share one.

    Files of equal content are one image here, though they count twice among the pictures.
    """
    tops = top_images(atlas.directory).drop_duplicates(["neuron", "image"])
    neurons, ranks, images = (
        torch.from_numpy(np.asarray(column, np.int64))
        for column in (tops["neuron"], tops["rank"], pd.factorize(tops["image"])[0])
    )
    found = top_set_jaccard(Ranked(neurons, ranks, images, torch.ones(len(tops))))
    whole = {"atlas": [atlas.name], "pairs": found.pairs, "overlapping": found.overlapping, "alike": found.alike}
    pairs = {"neuron": found.first.numpy(), "other": found.second.numpy(), "jaccard": found.jaccard.double().numpy()}
    alike = pd.DataFrame({"atlas": atlas.name} | pairs).sort_values("jaccard", ascending=False, kind="stable", ignore_index=True)
    return Uniqueness(pd.DataFrame(whole), alike)
