"""Uniqueness: how much the top images of an atlas's neurons overlap (PAPER.md §3, "Uniqueness"), from the atlas alone."""

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
    """Read the TOP images of every neuron of an atlas: `neuron, rank, image` (content hash), by neuron and rank."""
    filters = [("band", "==", "top"), ("rank", "<", TOP)]
    return pd.read_parquet(directory / TOPS, columns=["neuron", "rank", "image"], filters=filters)


def uniqueness(atlas: Atlas) -> Uniqueness:
    """Compare the top images of all pairs of neurons; the cost is that of the pairs that share one.

    Files of equal content are one image here, although the image set counts each.
    """
    rows = top_images(atlas.directory).drop_duplicates(["neuron", "image"])
    neurons, ranks, images = (
        torch.from_numpy(np.asarray(column, np.int64))
        for column in (rows["neuron"], rows["rank"], pd.factorize(rows["image"])[0])
    )
    overlap = top_set_jaccard(Ranked(neurons, ranks, images, torch.ones(len(rows))))
    whole = {"atlas": [atlas.name], "pairs": overlap.pairs, "overlapping": overlap.overlapping, "alike": overlap.alike}
    pairs = {"neuron": overlap.first.numpy(), "other": overlap.second.numpy(), "jaccard": overlap.jaccard.double().numpy()}
    alike = pd.DataFrame({"atlas": atlas.name} | pairs).sort_values("jaccard", ascending=False, kind="stable", ignore_index=True)
    return Uniqueness(pd.DataFrame(whole), alike)
