"""The similarity encoders of atlases on new scenes: what MS a perfect detector would have under each."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from PIL import Image
from tqdm import tqdm

from explorer.atlas.atlas import Atlas
from explorer.atlas.manifest import ModelInfo
from explorer.models.encoders.loading import load_encoder
from precompute.storybook.evaluate import ideal
from precompute.storybook.evaluate.ms_worth import ceilings
from precompute.storybook.evaluate.scenes import Scenes

BATCH = 64


def ceilings_of(atlases: Iterable[Atlas], scenes: Scenes) -> pd.DataFrame:
    """Return the ceilings (`ms_worth.ceilings`) of every E of these atlases, each once; brought vectors have none for new scenes.

    Raises:
        UserError: if an encoder is missing or cannot be read.
    """
    encoders = {info.name: (atlas, info) for atlas in reversed(list(atlases)) for info in atlas.manifest.similarity}
    tables = []
    for name, (atlas, info) in sorted(encoders.items()):
        e_ne = ideal.ideal_embeddings(scenes.truth) if name == ideal.NAME else _embeddings(atlas, info, scenes.images)
        tables += [] if e_ne is None else [ceilings(name, e_ne, scenes.truth)]
    return pd.concat(tables, ignore_index=True)


@torch.inference_mode()
def _embeddings(atlas: Atlas, info: ModelInfo, images: np.ndarray) -> Float[np.ndarray, "n e"] | None:
    if info.library == "none":
        return None
    encoder = load_encoder(str((atlas.directory / info.source).resolve()) if info.local else info.source)
    batches = []
    for at in tqdm(range(0, len(images), BATCH), unit="batch", desc=f"embed by {info.name}", dynamic_ncols=True):
        inputs = encoder.prepare([Image.fromarray(image) for image in images[at : at + BATCH]])
        batches.append(encoder.embed(encoder.to_device(inputs)).float().cpu())
    return torch.cat(batches).numpy()
