"""Names from images: the word of a vocabulary that fits a neuron's images best."""

from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow.parquet as pq
import torch
from jaxtyping import Float
from torch import Tensor
from tqdm import tqdm

from explorer.atlas.atlas import Atlas
from explorer.atlas.manifest import TOPS
from explorer.atlas.pictures import decode_picture
from explorer.errors import UserError
from explorer.models.encoders.loading import load_encoder, load_texts
from explorer.models.taps import PROJECTION, Tap
from precompute.naming.softwpmi import soft_wpmi, word_chances

OWN = "general"  # the vocabulary that ships
LONGEST = 200  # letters of a word or phrase
BATCH = 64


class Names(NamedTuple):
    """One name per neuron."""

    names: list[str]  # "" for neurons without images
    scores: np.ndarray  # soft WPMI, nats; NaN likewise


def read_vocabulary(name: str) -> list[str]:
    """Read the words of the vocabulary that ships, or of a file with one word or phrase a line.

    Raises:
        UserError: if the file cannot be read, or has fewer than two words.
    """
    path = files("precompute.naming") / "vocabulary.txt" if name == OWN else Path(name)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"--vocabulary {name}: cannot be read ({error}); give a text file with one word a line") from error
    words = list(dict.fromkeys(line.strip()[:LONGEST] for line in lines if line.strip() and not line.startswith("#")))
    if len(words) < 2:
        raise UserError(f"--vocabulary {name}: has {len(words)} words; give two or more to choose from, one a line")
    return words


def name_by_images(atlas: Atlas, model: str, vocabulary: list[str]) -> Names:
    """Name every neuron by the word that fits the images of all its bands best.

    Args:
        model: with towers for images and texts; Hub id, directory, or open_clip:ARCH/TAG.

    Raises:
        UserError: if it cannot be loaded, or has no text tower.
    """
    texts = load_texts(model)
    columns = ["neuron", "image", "activation"]
    shown = pq.read_table(atlas.directory / TOPS, columns=columns).to_pandas().drop_duplicates(["neuron", "image"])
    images = sorted(set(shown["image"]))
    chances_nt = word_chances(_embed(atlas, model, images), texts.embed_all(vocabulary))
    strongest = atlas.neurons["max"].to_numpy()[shown["neuron"]]
    weights = (shown["activation"] / strongest).clip(0, 1).to_numpy(np.float32)
    numbers = {image: number for number, image in enumerate(images)}
    neurons, of = shown["neuron"].to_numpy(np.int64), shown["image"].map(numbers).to_numpy(np.int64)
    scores_st = soft_wpmi(chances_nt, torch.from_numpy(neurons), torch.from_numpy(of), torch.from_numpy(weights), len(atlas))
    best, words = scores_st.max(1)
    named = (~best.isnan()).tolist()
    return Names([vocabulary[word] if there else "" for word, there in zip(words.tolist(), named, strict=True)], best.numpy())


def _embed(atlas: Atlas, model: str, images: list[str]) -> Float[Tensor, "n e"]:
    """Embed the atlas's thumbnails."""
    encoder, parts = load_encoder(model), []
    with tqdm(total=len(images), unit="image", desc="embed", dynamic_ncols=True) as bar:
        for at in range(0, len(images), BATCH):
            some = images[at : at + BATCH]
            decoded = [decode_picture(atlas.images.thumbnail(image) or b"") for image in some]
            parts.append(encoder.read(encoder.prepare(decoded), Tap.parse(PROJECTION))[:, 0].cpu())
            bar.update(len(some))
    return torch.cat(parts)
