"""What MS is worth on the shipped atlases: against the truth of fresh scenes that nothing was made from."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from explorer.atlas.atlas import Atlas
from explorer.atlas.encoder_source import ANYWHERE
from explorer.atlas.manifest import ms_column
from explorer.atlas.ranking import LEAST_IMAGES
from explorer.models.neuron_reader import load_neuron_reader
from precompute.storybook.evaluate.focus import FOCUSED
from precompute.storybook.evaluate.ideal import NAME as IDEAL
from precompute.storybook.evaluate.ms_worth import judged_by_both
from precompute.storybook.evaluate.scenes import draw_scenes
from precompute.storybook.evaluate.truth import Truth, evaluate

SCENES = 12_000  # as many as the atlases were scored on: the same neurons fire on 16 or more
CLS, PATCHES, BASELINE = "storybook", "storybook-patches", "storybook-baseline"
COVERED = ("kind", "colour", "setting")


def worth(atlases: Path) -> dict[str, Any]:
    """Return the figures about MS and focus, by name; the similarity encoder is the learned one unless `ideal` is said."""
    scenes = draw_scenes(SCENES, workers=2)
    opened = {name: Atlas(atlases / name) for name in (CLS, PATCHES)}
    truths = {name: evaluate(atlas, load_neuron_reader(atlas, ANYWHERE), scenes) for name, atlas in opened.items()}
    figures: dict[str, Any] = {}
    for name, short in ((CLS, "cls"), (PATCHES, "patches")):
        figures |= _correlations(opened[name], truths[name], short)
        figures[f"share_focused_{short}"] = truths[name].whole.iloc[0]["share_focused"]
    judged = judged_by_both(opened[CLS], truths[CLS].neurons, LEAST_IMAGES)
    ms = judged[ms_column(opened[CLS].similarities[0])]
    figures["ms_best"] = ms.max()
    figures["ms_mean_ratio"] = ms.mean() / _mean_ms(Atlas(atlases / BASELINE))
    figures["kind_ms"] = ms[judged["focus_on_kind"] >= FOCUSED].mean()
    families = truths[CLS].coverage.set_index("family").loc[list(COVERED)]
    figures["attributes_covered"] = families["covered"].sum() / families["attributes"].sum()
    whole = truths[PATCHES].whole.iloc[0]
    figures |= {"iou": whole["mean_iou"], "iou_chance": whole["mean_iou_chance"]}
    return {name: round(float(figure), 3) for name, figure in figures.items()}


def _correlations(atlas: Atlas, truth: Truth, short: str) -> dict[str, float]:
    rows: pd.DataFrame = truth.ms.set_index(["similarity", "focus_on"])
    learned = atlas.similarities[0]
    return {
        f"ms_kindfocus_spearman_{short}": rows.loc[(learned, "kind"), "spearman"],
        f"ms_focus_spearman_{short}": rows.loc[(learned, "any"), "spearman"],
        f"ideal_ms_focus_spearman_{short}": rows.loc[(IDEAL, "any"), "spearman"],
    }


def _mean_ms(atlas: Atlas) -> float:
    ms = atlas.ms(atlas.similarities[0])[atlas.fires_on() >= LEAST_IMAGES]
    return float(np.nanmean(ms))
