"""Read: an image → the neurons that activate for it, in order, where they do, and what the SAE misses of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from explorer.atlas.atlas import Atlas
from explorer.errors import VisitorError
from explorer.model_pool import ModelPool
from explorer.operations.images import NamedImage
from explorer.operations.results import Result
from explorer.operations.unusual import histograms, percentiles

if TYPE_CHECKING:  # loads torch
    from explorer.models.neuron_reader import ImageCodes, NeuronReader

NEURONS = 24  # given unless told
Grid = tuple[int, int]  # rows, columns
Order = Literal["strongest", "unusual"]
ORDERS: tuple[Order, ...] = get_args(Order)


@dataclass(frozen=True)
class ReadNeuron(Result):
    """A neuron that activates for an image."""

    neuron: int
    activation: float
    """Pooled over the tokens, or over those of the region, as the atlas pools them."""
    percentile: float
    """Share of the atlas's images that it fires on, in %, on which it fires less strongly: 100 from its maximum on.
    NaN where it fires on none."""
    images: int
    """The number of the atlas's images that it fires on."""
    patches: np.ndarray | None
    """Activation per patch, (rows, columns); None where the tap has no patches."""


@dataclass(frozen=True)
class Reading(Result):
    """What an atlas's encoder and SAE make of an image."""

    neurons: tuple[ReadNeuron, ...]
    """In the order asked for; none with activation 0."""
    firing: int
    """How many fire in all."""
    crop: float | None
    """Side of the centred square that the encoder saw, as a share of the shorter side; None: the whole image, squeezed."""
    r2: float | None
    """1 − Σ‖v − v̂‖² / Σ‖v − b_dec‖² over the image's tokens: 1 where the SAE reproduces all of it, 0 where no more than if no
    neuron fired, for then v̂ = b_dec. None without an SAE."""
    missed: np.ndarray | None
    """‖v − v̂‖² / ‖v − b_dec‖² per patch, (rows, columns); None without an SAE, or where the tap has no patches."""


class Fired:
    """All neurons that fire in an image, or in a region of it; one entry a neuron in every array.

    Args:
        region: patches, by number, row by row from 0; the whole image if empty.
    """

    def __init__(self, atlas: Atlas, reader: "NeuronReader", image: "ImageCodes", region: Sequence[int] = ()) -> None:
        self._reader, self._codes, self._enough = reader, image.codes, atlas.least_images
        self.neurons, self.activations = reader.pooled(image.codes, region)
        counts = histograms(atlas, self.neurons)
        self.most = atlas.neurons["max"].to_numpy(np.float64)[self.neurons]
        self.percentiles, self.images = percentiles(counts, self.most, self.activations), counts.sum(1)

    def ranked(self, order: Order) -> np.ndarray:
        """Places of the neurons, in order.

        `unusual` is by percentile, and above the maximum by how far. Neurons that fire on too few images to be ranked by MS come
        last: a percentile among three images says little.
        """
        if order == "strongest":
            return np.argsort(-self.activations, kind="stable")
        excess = self.activations / np.where(self.most > 0, self.most, np.inf)
        return np.lexsort((-excess, -np.nan_to_num(self.percentiles, nan=-1.0), self.images < self._enough))

    def of(self, neurons: np.ndarray) -> tuple[ReadNeuron, ...]:
        """These neurons, in this order, with their maps; each must fire."""
        places = np.searchsorted(self.neurons, neurons)
        maps = self._reader.maps(self._codes, neurons)
        columns = (self.neurons, self.activations, self.percentiles, self.images)
        numbers = (column[places].tolist() for column in columns)
        return tuple(ReadNeuron(*values) for values in zip(*numbers, maps, strict=True))


def read(
    pool: ModelPool,
    atlas: Atlas,
    image: NamedImage,
    limit: int = NEURONS,
    order: Order = "strongest",
    region: Sequence[int] = (),
) -> Reading:
    """Read an image; one that was read shortly before is not run through the encoder again.

    Args:
        limit: neurons at most.
        order: by activation, or by how unusual that is for the neuron.
        region: only the neurons of these patches, numbered row by row from 0; of the whole image if empty.

    Raises:
        UserError: if the atlas has no encoder, or it cannot be loaded; or it has no such patches.
    """
    if not 1 <= limit <= len(atlas):
        raise VisitorError(f"asked for {limit} neurons of {len(atlas):,}: choose a number from 1 to {len(atlas):,}")
    if order not in ORDERS:
        raise VisitorError(f"there is no such order: choose one of {', '.join(ORDERS)}")
    if not reads_patches(atlas):
        check_region(None, region)  # before anything is loaded
    reader = pool.neuron_reader(atlas)
    check_region(reader.grid, region)
    with pool.turns.turn():
        codes = reader.encode_named(image.key, image.load)
        fired = Fired(atlas, reader, codes, region)
        neurons = fired.of(fired.neurons[fired.ranked(order)[:limit]])
    return Reading(neurons, len(fired.neurons), reader.crop, *missed(codes, reader.grid))


def reads_patches(atlas: Atlas) -> bool:
    """Whether an image is read patch by patch: all are, also where random ones were trained and scored on."""
    tap = atlas.manifest.tap
    return tap.grid is not None or ":random:" in tap.name


def patch_grid(pool: ModelPool, atlas: Atlas) -> Grid | None:
    """Rows and columns of the patches of an image that is read; None where there are none, or its encoder alone knows and is
    not loaded yet."""
    known = atlas.manifest.tap.grid
    return pool.neuron_reader(atlas).grid if known is None and reads_patches(atlas) and pool.can_read_now(atlas) else known


def check_region(grid: Grid | None, region: Sequence[int]) -> None:
    """Refuse a region that an image does not have.

    Args:
        grid: rows and columns of its patches.

    Raises:
        VisitorError: saying what it has.
    """
    if not region:
        return
    if grid is None:
        raise VisitorError("this atlas reads no patches, so its images have no regions: choose an atlas of patches")
    patches = grid[0] * grid[1]
    if len(region) > patches or not all(0 <= patch < patches for patch in region) or len({*region}) < len(region):
        raise VisitorError(f"a region is patches 0 to {patches - 1:,}, each at most once: choose some of them")


def missed(image: "ImageCodes", grid: tuple[int, int] | None) -> tuple[float | None, np.ndarray | None]:
    """What the SAE misses of an image: `r2` and `missed` of a `Reading`."""
    if image.error is None or image.variation is None:
        return None, None
    whole = float(image.variation.sum())
    r2 = 1 - float(image.error.sum()) / whole if whole > 0 else float("nan")
    shares = image.error / np.maximum(image.variation, np.finfo(np.float32).tiny)
    return r2, shares.reshape(grid) if grid else None
