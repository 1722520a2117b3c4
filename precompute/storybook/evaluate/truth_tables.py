"""The tables about one atlas's neurons against the truth: neuron by neuron, as a whole, and by family of attributes."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from explorer.atlas.atlas import Atlas
from explorer.atlas.manifest import ms_column
from explorer.atlas.ranking import LEAST_IMAGES
from precompute.storybook.evaluate.attribute_match import Match
from precompute.storybook.evaluate.focus import FOCUSED, best_of
from precompute.storybook.evaluate.scenes import ATTRIBUTES, family

MATCHES = 0.5  # match from which a neuron counts as matching: halfway from chance to perfect


class Judgement(NamedTuple):
    """All neurons against all tested attributes, columns in the order of `tested`."""

    fires: Int[np.ndarray, " s"]  # scenes that each neuron fires on
    focus: Float[np.ndarray, "s a"]
    matched: Match
    tested: Int[np.ndarray, " a"]  # numbers of the attributes in ATTRIBUTES

    @property
    def names(self) -> list[str]:
        return [ATTRIBUTES[number] for number in self.tested]

    @property
    def judged(self) -> np.ndarray:
        """Which neurons fire on enough scenes, (s,)."""
        return self.fires >= LEAST_IMAGES


def neuron_table(atlas: Atlas, judgement: Judgement) -> pd.DataFrame:
    """Return one row a neuron: what it is focused on, what it matches, its MS under every E; empty cells for a silent one."""
    every, names, matched = np.arange(len(atlas)), np.array(judgement.names), judgement.matched
    best, kind = best_of(judgement.focus, judgement.names), best_of(judgement.focus, judgement.names, ("kind",))
    match = matched.match.argmax(1)
    columns = pd.DataFrame(
        {
            "focus_attribute": names[best.attribute],
            "focus": best.focus,
            "focus_on_kind": kind.focus,
            "match_attribute": names[match],
            "match": matched.match[every, match],
            "average_precision": matched.average_precision[every, match],
            "f1": matched.f1[every, match],
            "base_rate": matched.base_rate[match],
        }
    )
    columns[(judgement.fires == 0) | (best.attribute < 0)] = None
    about = {"atlas": atlas.name, "neuron": every, "level": atlas.neurons["level"], "fires": judgement.fires}
    return (
        pd.DataFrame(about | {"judged": judgement.judged})
        .join(columns)
        .assign(iou=np.nan, iou_chance=np.nan)
        .join(atlas.neurons[[ms_column(name) for name in atlas.similarities]])
    )


def whole_table(atlas: Atlas, neurons: pd.DataFrame, scenes: int) -> pd.DataFrame:
    """Return one row: numbers of focused and matching neurons; IoU is the mean over neurons focused on an attribute of things."""
    judged = neurons[neurons["judged"]]
    focused = judged[judged["focus"] >= FOCUSED]
    row = {
        "atlas": atlas.name,
        "scenes": scenes,
        "judged": len(judged),
        "focused": len(focused),
        "share_focused": len(focused) / len(judged) if len(judged) else np.nan,
        "matching": len(judged[judged["match"] >= MATCHES]),
        "mean_focus": judged["focus"].mean(),
        "mean_match": judged["match"].mean(),
    }
    return pd.DataFrame([row | {f"mean_{name}": focused[name].mean() for name in ("iou", "iou_chance")}])


def coverage_table(atlas: Atlas, judgement: Judgement) -> pd.DataFrame:
    """Return per family and for all: the tested attributes, and those that some judged neuron is focused on, or matches."""
    families = [family(name) for name in judgement.names]
    focused = np.any(np.nan_to_num(judgement.focus[judgement.judged]) >= FOCUSED, axis=0)
    matching = np.any(judgement.matched.match[judgement.judged] >= MATCHES, axis=0)
    rows = []
    for name in [*dict.fromkeys(families), "all"]:
        own = np.array([name in (its, "all") for its in families])
        rows.append((atlas.name, name, int(own.sum()), int(focused[own].sum()), focused[own].mean(), matching[own].mean()))
    return pd.DataFrame(rows, columns=["atlas", "family", "attributes", "covered", "share", "share_matched"])
