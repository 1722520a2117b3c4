"""An atlas's neurons against the truth: which attribute each one matches, and whether MS tells which neurons match one.

The encoder, tap and SAE of the atlas read fresh scenes (`scenes.py`) of which everything is known; MS is the atlas's own, from
its own images, so that neither sees the other's.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from PIL import Image
from tqdm import tqdm

from explorer.atlas.atlas import Atlas
from explorer.atlas.manifest import ms_column
from explorer.models.codes import Codes
from explorer.models.firing import Firing
from precompute.storybook.evaluate.attribute_match import Match, match
from precompute.storybook.evaluate.heatmaps import ground, heatmap_iou
from precompute.storybook.evaluate.scenes import ATTRIBUTES, Scenes, family

MATCHES = 0.5  # purity from which a neuron counts as matching: halfway from chance to perfect
LEAST_IMAGES = 16  # a neuron that fires on fewer is not judged: its MS and its best attribute tell of these few alone
LEAST_SCENES = 8  # an attribute seen in fewer is not asked for: one picture would be worth more than 0.1
BATCH, ENCODED_AT_ONCE = 64, 2**26  # scenes; vectors × neurons before they are sparse, 256 MB


class Truth(NamedTuple):
    """The tables of one atlas."""

    neurons: pd.DataFrame  # one row a neuron
    whole: pd.DataFrame  # one row
    coverage: pd.DataFrame  # one row a family of attributes
    ms: pd.DataFrame  # one row an E


class Read(NamedTuple):
    """What the neurons say of the scenes."""

    scenes: Codes  # one row a scene, pooled as the atlas does
    tokens: Codes  # one row a token, scene by scene


def evaluate(atlas: Atlas, firing: Firing, scenes: Scenes) -> Truth:
    """Hold an atlas against the scenes.

    Args:
        firing: the atlas's, on any device.
    """
    read = read_scenes(firing, scenes.images)
    asked = np.flatnonzero((scenes.truth.sum(0) >= LEAST_SCENES) & ((~scenes.truth).sum(0) >= LEAST_SCENES))
    matched = match(read.scenes, scenes.truth[:, asked])
    neurons = _neurons(atlas, read, matched, asked)
    on_things = np.where(neurons["fires"] > 0, asked[matched.purity.argmax(1)], -1)
    if firing.grid is not None:
        under = ground(scenes, firing.grid, firing.crop)
        neurons["iou"], neurons["iou_chance"] = heatmap_iou(read.tokens, on_things, scenes, under)
    whole = _whole(atlas, neurons, len(scenes.images))
    return Truth(neurons, whole, _coverage(atlas, matched, asked), ms_against_truth(atlas, neurons))


@torch.inference_mode()
def read_scenes(firing: Firing, images: np.ndarray) -> Read:
    """Run pictures, (n, side, side, 3), through encoder, tap and SAE."""
    tokens = firing.encoder.tokens(firing.tap)
    size = BATCH if firing.sae is None else max(1, min(BATCH, ENCODED_AT_ONCE // (tokens * firing.sae.config.neurons)))
    pooled, single = [], []
    for at in tqdm(range(0, len(images), size), unit="batch", desc="read", dynamic_ncols=True):
        pictures = [Image.fromarray(image) for image in images[at : at + size]]
        v_vd = firing.encoder.read(firing.encoder.prepare(pictures), firing.tap).flatten(0, 1)
        codes = firing.sae.encode(v_vd) if firing.sae else Codes.from_dense(v_vd)
        single.append(codes)
        pooled.append(codes.pool_tokens(tokens, firing.pooling))
    return Read(_joined(pooled), _joined(single))


def ms_against_truth(atlas: Atlas, neurons: pd.DataFrame) -> pd.DataFrame:
    """How far MS and purity order neurons alike: `atlas, similarity, neurons, spearman`, one row an E.

    Over the neurons that live, and fire on LEAST_IMAGES of the atlas's images and of the scenes. Ties share their mean rank;
    under three neurons there is no order to speak of: NaN.
    """
    judged = neurons.loc[neurons["judged"] & (atlas.fires_on() >= LEAST_IMAGES)]
    rows = []
    for name in atlas.similarities:
        both = judged.loc[:, [ms_column(name), "purity"]].dropna()
        spearman = both.corr(method="spearman", min_periods=3).to_numpy()[0, 1]
        rows.append((atlas.name, name, len(both), spearman))
    return pd.DataFrame(rows, columns=["atlas", "similarity", "neurons", "spearman"])


def _neurons(atlas: Atlas, read: Read, matched: Match, asked: np.ndarray) -> pd.DataFrame:
    best, every = matched.purity.argmax(1), np.arange(len(atlas))
    fires = np.bincount(read.scenes.neurons[read.scenes.values > 0].numpy(), minlength=len(atlas))
    columns = {"average_precision": matched.average_precision, "purity": matched.purity, "f1": matched.f1}
    told = pd.DataFrame({name: values[every, best] for name, values in columns.items()} | {"base_rate": matched.base_rate[best]})
    told.insert(0, "attribute", [ATTRIBUTES[number] for number in asked[best]])
    told[fires == 0] = None
    names = [ms_column(name) for name in atlas.similarities]
    about = {
        "atlas": atlas.name,
        "neuron": every,
        "level": atlas.neurons["level"],
        "fires": fires,
        "judged": fires >= LEAST_IMAGES,
    }
    return pd.DataFrame(about).join(told).assign(iou=np.nan, iou_chance=np.nan).join(atlas.neurons[names])


def _whole(atlas: Atlas, neurons: pd.DataFrame, scenes: int) -> pd.DataFrame:
    """Shares and means over the judged neurons; IoU over those of them that match something that things have."""
    judged = neurons[neurons["judged"]]
    matching = judged[judged["purity"] >= MATCHES]
    row = {"atlas": atlas.name, "scenes": scenes, "judged": len(judged), "matching": len(matching)}
    row |= {"share_matching": len(matching) / len(judged) if len(judged) else np.nan, "mean_purity": judged["purity"].mean()}
    return pd.DataFrame([row | {f"mean_{name}": matching[name].mean() for name in ("iou", "iou_chance")}])


def _coverage(atlas: Atlas, matched: Match, asked: np.ndarray) -> pd.DataFrame:
    """Per family and for all: attributes asked for, and those that some neuron matches."""
    covered = matched.purity.max(0) >= MATCHES
    families = [family(ATTRIBUTES[a]) for a in asked]
    rows = []
    for name in [*dict.fromkeys(families), "all"]:
        own = covered[[name in (its, "all") for its in families]]
        rows.append((atlas.name, name, len(own), int(own.sum()), own.mean()))
    return pd.DataFrame(rows, columns=["atlas", "family", "attributes", "covered", "share"])


def _joined(parts: list[Codes]) -> Codes:
    """One after another, on the CPU."""
    starts = torch.cat([torch.zeros(1, dtype=torch.int64), *(part.starts.cpu().diff() for part in parts)]).cumsum(0)
    neurons, values = (torch.cat([getattr(part, name).cpu() for part in parts]) for name in ("neurons", "values"))
    return Codes(starts, neurons, values, parts[0].width)
