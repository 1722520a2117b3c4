"""The images that an atlas shows, in a space that holds words too; what each neuron's strongest ones have in common there."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.atlas.atlas import Atlas
from explorer.atlas.manifest import TOPS
from explorer.errors import UserError
from precompute.naming.spaces import Space

WEAKEST = 1e-6  # least weight of an image that a neuron fires on


class Shown(NamedTuple):
    """The images, and each neuron's strongest ones among them."""

    images_ne: Float[Tensor, "n e"]  # unit vectors less their mean, the centre
    centre_e: Float[Tensor, " e"]
    sets_sk: Int[Tensor, "s k"]  # numbers of images
    weights_sk: Float[Tensor, "s k"]  # activation, as a share of the neuron's strongest; 0 where it has fewer than k images


def embed_shown(atlas: Atlas, space: Space) -> Shown | None:
    """Embed all images that an atlas shows; None where it shows none, since every neuron is dead.

    Raises:
        UserError: if images and words have embeddings of different widths.
    """
    table = pq.read_table(atlas.directory / TOPS, columns=["neuron", "band", "rank", "image", "activation"]).to_pandas()
    if table.empty:
        return None
    images = sorted(set(table["image"]))
    images_ne = torch.nn.functional.normalize(space.embed(images).float(), dim=1)
    if images_ne.shape[1] != space.words_te.shape[1]:
        raise UserError(
            f"{space.name}: its words have embeddings {space.words_te.shape[1]} wide, the images of atlas {atlas.name} have "
            f"{images_ne.shape[1]}; embed both by one model"
        )
    centre_e = images_ne.mean(0)
    return Shown(images_ne - centre_e, centre_e, *_sets(atlas, table[table["band"] == "top"], images))


def mean_images(shown: Shown) -> Float[np.ndarray, "s e"]:
    """The mean of each neuron's strongest images, weighted by activation, less the centre; zero for a neuron without images."""
    sum_se = torch.zeros(len(shown.sets_sk), shown.images_ne.shape[1])
    for sets_s, weights_s in zip(shown.sets_sk.T, shown.weights_sk.T, strict=True):
        sum_se += weights_s[:, None] * shown.images_ne[sets_s]
    return (sum_se / shown.weights_sk.sum(1, keepdim=True).clamp(min=WEAKEST)).numpy()


def _sets(atlas: Atlas, top: pd.DataFrame, images: list[str]) -> tuple[Tensor, Tensor]:
    """Return each neuron's strongest images by number, and their weights; both (neurons, most images)."""
    neurons, ranks = top["neuron"].to_numpy(), top["rank"].to_numpy()
    shape = (len(atlas), int(ranks.max()) + 1)
    sets, weights = np.zeros(shape, np.int64), np.zeros(shape, np.float32)
    numbers = {image: number for number, image in enumerate(images)}
    sets[neurons, ranks] = [numbers[image] for image in top["image"]]
    weights[neurons, ranks] = (top["activation"] / atlas.neurons["max"].to_numpy()[neurons]).clip(WEAKEST, 1)
    return torch.from_numpy(sets), torch.from_numpy(weights)
