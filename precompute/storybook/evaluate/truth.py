"""Neurons against the truth: what each is focused on, what it matches, and whether MS orders neurons by their focus.

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
from explorer.atlas.ranking import LEAST_IMAGES
from explorer.models.codes import Codes
from explorer.models.neuron_reader import NeuronReader
from precompute.storybook.evaluate.attribute_match import match
from precompute.storybook.evaluate.focus import focus
from precompute.storybook.evaluate.heatmaps import ground, heatmap_iou
from precompute.storybook.evaluate.ms_worth import judged_by_both, missed, ms_against_focus
from precompute.storybook.evaluate.scenes import ATTRIBUTES, Scenes
from precompute.storybook.evaluate.truth_tables import Judgement, coverage_table, neuron_table, whole_table

LEAST_SCENES = 8  # an attribute of fewer scenes is left out: one image would weigh more than 0.1
BATCH, ENCODED_AT_ONCE = 64, 2**26  # scenes; vectors × neurons before they are sparse, 256 MB


class Truth(NamedTuple):
    """The tables of one atlas."""

    neurons: pd.DataFrame  # one row a neuron
    whole: pd.DataFrame  # one row
    coverage: pd.DataFrame  # one row a family of attributes
    ms: pd.DataFrame  # one row an E and a family of focus
    missed: pd.DataFrame  # one row a focused neuron that MS puts last


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
    truth_na = scenes.truth[:, tested]
    fires = np.bincount(read.scenes.neurons[read.scenes.values > 0].numpy(), minlength=len(atlas))
    judgement = Judgement(fires, focus(read.scenes, truth_na), match(read.scenes, truth_na), tested)
    neurons = neuron_table(atlas, judgement)
    if reader.grid is not None:
        on = [ATTRIBUTES.index(name) if isinstance(name, str) else -1 for name in neurons["focus_attribute"]]
        under = ground(scenes, reader.grid, reader.crop)
        neurons["iou"], neurons["iou_chance"] = heatmap_iou(read.tokens, np.array(on), scenes, under)
    judged = judged_by_both(atlas, neurons, LEAST_IMAGES)
    return Truth(
        neurons,
        whole_table(atlas, neurons, len(scenes.images)),
        coverage_table(atlas, judgement),
        ms_against_focus(atlas, judged),
        missed(atlas, judged),
    )


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


def _joined(parts: list[Codes]) -> Codes:
    """Concatenate on the CPU."""
    starts = torch.cat([torch.zeros(1, dtype=torch.int64), *(part.starts.cpu().diff() for part in parts)]).cumsum(0)
    neurons, values = (torch.cat([getattr(part, name).cpu() for part in parts]) for name in ("neurons", "values"))
    return Codes(starts, neurons, values, parts[0].width)
