"""Neurons against the truth: the attribute that each neuron matches, and whether MS orders neurons by how well they match.

The encoder, tap and SAE of the atlas read new scenes (`scenes.py`) whose attributes are known. MS is the atlas's own, from its
own images, so the two are independent.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from PIL import Image
from tqdm import tqdm

from explorer.atlas.atlas import Atlas
from explorer.atlas.manifest import ms_column
from explorer.atlas.ranking import LEAST_IMAGES
from explorer.models.codes import Codes
from explorer.models.neuron_reader import NeuronReader
from precompute.storybook.evaluate.attribute_match import Match, match
from precompute.storybook.evaluate.heatmaps import ground, heatmap_iou
from precompute.storybook.evaluate.scenes import ATTRIBUTES, Scenes, family

MATCHES = 0.5  # purity from which a neuron counts as matching: halfway from chance to perfect
LEAST_SCENES = 8  # an attribute of fewer scenes is left out: one image would weigh more than 0.1
BATCH, ENCODED_AT_ONCE = 64, 2**26  # scenes; vectors × neurons before they are sparse, 256 MB


class Truth(NamedTuple):
    """The tables of one atlas."""

    neurons: pd.DataFrame  # one row a neuron
    whole: pd.DataFrame  # one row
    coverage: pd.DataFrame  # one row a family of attributes
    ms: pd.DataFrame  # one row an E


class Read(NamedTuple):
    """Codes of the scenes."""

    scenes: Codes  # one row a scene, pooled as the atlas does
    tokens: Codes  # one row a token, scene by scene


def evaluate(atlas: Atlas, reader: NeuronReader, scenes: Scenes) -> Truth:
    """Compare an atlas's neurons with the scenes.

    Args:
        reader: the atlas's, on any device.
    """
    read = read_scenes(reader, scenes.images)
    tested = np.flatnonzero((scenes.truth.sum(0) >= LEAST_SCENES) & ((~scenes.truth).sum(0) >= LEAST_SCENES))
    matched = match(read.scenes, scenes.truth[:, tested])
    neurons = _neurons(atlas, read, matched, tested)
    on_things = np.where(neurons["fires"] > 0, tested[matched.purity.argmax(1)], -1)
    if reader.grid is not None:
        under = ground(scenes, reader.grid, reader.crop)
        neurons["iou"], neurons["iou_chance"] = heatmap_iou(read.tokens, on_things, scenes, under)
    whole = _whole(atlas, neurons, len(scenes.images))
    return Truth(neurons, whole, _coverage(atlas, matched, tested), ms_against_truth(atlas, neurons))


@torch.inference_mode()
def read_scenes(reader: NeuronReader, images: np.ndarray) -> Read:
    """Run images, (n, side, side, 3), through encoder, tap and SAE."""
    tokens = reader.encoder.tokens(reader.tap)
    size = BATCH if reader.sae is None else max(1, min(BATCH, ENCODED_AT_ONCE // (tokens * reader.sae.config.neurons)))
    pooled, single = [], []
    for at in tqdm(range(0, len(images), size), unit="batch", desc="read", dynamic_ncols=True):
        batch = [Image.fromarray(image) for image in images[at : at + size]]
        v_vd = reader.encoder.read(reader.encoder.prepare(batch), reader.tap).flatten(0, 1)
        codes = reader.sae.encode(v_vd) if reader.sae else Codes.from_dense(v_vd)
        single.append(codes)
        pooled.append(codes.pool_tokens(tokens, reader.pooling))
    return Read(_joined(pooled), _joined(single))


def ms_against_truth(atlas: Atlas, neurons: pd.DataFrame) -> pd.DataFrame:
    """Return the rank correlation of MS and purity: `atlas, similarity, neurons, spearman`, one row an E.

    It is over the living neurons that fire on LEAST_IMAGES of the atlas's images and of the scenes. Ties get their mean rank; for
    fewer than three neurons it is NaN.
    """
    judged = neurons.loc[neurons["judged"] & (atlas.fires_on() >= LEAST_IMAGES)]
    rows = []
    for name in atlas.similarities:
        both = judged.loc[:, [ms_column(name), "purity"]].dropna()
        spearman = both.corr(method="spearman", min_periods=3).to_numpy()[0, 1]
        rows.append((atlas.name, name, len(both), spearman))
    return pd.DataFrame(rows, columns=["atlas", "similarity", "neurons", "spearman"])


def _neurons(atlas: Atlas, read: Read, matched: Match, tested: np.ndarray) -> pd.DataFrame:
    best, every = matched.purity.argmax(1), np.arange(len(atlas))
    fires = np.bincount(read.scenes.neurons[read.scenes.values > 0].numpy(), minlength=len(atlas))
    measures = {"average_precision": matched.average_precision, "purity": matched.purity, "f1": matched.f1}
    matches = pd.DataFrame(
        {name: values[every, best] for name, values in measures.items()} | {"base_rate": matched.base_rate[best]}
    )
    matches.insert(0, "attribute", [ATTRIBUTES[number] for number in tested[best]])
    matches[fires == 0] = None
    names = [ms_column(name) for name in atlas.similarities]
    columns = {
        "atlas": atlas.name,
        "neuron": every,
        "level": atlas.neurons["level"],
        "fires": fires,
        "judged": fires >= LEAST_IMAGES,
    }
    return pd.DataFrame(columns).join(matches).assign(iou=np.nan, iou_chance=np.nan).join(atlas.neurons[names])


def _whole(atlas: Atlas, neurons: pd.DataFrame, scenes: int) -> pd.DataFrame:
    """Shares and means over the judged neurons; IoU is over those that match an attribute of things."""
    judged = neurons[neurons["judged"]]
    matching = judged[judged["purity"] >= MATCHES]
    row = {"atlas": atlas.name, "scenes": scenes, "judged": len(judged), "matching": len(matching)}
    row |= {"share_matching": len(matching) / len(judged) if len(judged) else np.nan, "mean_purity": judged["purity"].mean()}
    return pd.DataFrame([row | {f"mean_{name}": matching[name].mean() for name in ("iou", "iou_chance")}])


def _coverage(atlas: Atlas, matched: Match, tested: np.ndarray) -> pd.DataFrame:
    """Per family and for all: the tested attributes, and those that some neuron matches."""
    covered = matched.purity.max(0) >= MATCHES
    families = [family(ATTRIBUTES[a]) for a in tested]
    rows = []
    for name in [*dict.fromkeys(families), "all"]:
        own = covered[[name in (its, "all") for its in families]]
        rows.append((atlas.name, name, len(own), int(own.sum()), own.mean()))
    return pd.DataFrame(rows, columns=["atlas", "family", "attributes", "covered", "share"])


def _joined(parts: list[Codes]) -> Codes:
    """Concatenate on the CPU."""
    starts = torch.cat([torch.zeros(1, dtype=torch.int64), *(part.starts.cpu().diff() for part in parts)]).cumsum(0)
    neurons, values = (torch.cat([getattr(part, name).cpu() for part in parts]) for name in ("neurons", "values"))
    return Codes(starts, neurons, values, parts[0].width)
