"""`tops.parquet`: the images that each neuron fires on, held as arrays; their patch activations are read when asked for."""

from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from explorer.atlas.hashes import HASH, packed
from explorer.atlas.manifest import Description
from explorer.atlas.table_checks import PATCHES, open_checked, refuse_nulls, require, require_form, texts_of

MOST_TOPS = 1024  # images per neuron, all bands together
BAND = r"[A-Za-z0-9_.-]{1,16}"
TOPS_SCHEMA = pa.schema(
    [
        ("neuron", pa.int32()),
        ("band", pa.string()),  # "top", or a quantile band such as "q90"
        ("rank", pa.int16()),  # within the band, 0 = strongest
        ("image", pa.string()),  # content hash, key of the image store
        ("activation", pa.float32()),
        (PATCHES, pa.list_(pa.float16())),  # activation per patch, row by row; null where the tap has none
    ]
)


class Tops(NamedTuple):
    """All rows of `tops.parquet` but their patches, by neuron."""

    starts: np.ndarray  # (neurons + 1,): the rows of neuron n are starts[n] … starts[n + 1] − 1
    rank: np.ndarray
    activation: np.ndarray
    band: np.ndarray  # place in `bands`
    image: np.ndarray  # place in `images`
    bands: list[str]
    images: np.ndarray  # content hashes, as `explorer.atlas.hashes` packs them
    file: pq.FileMetaData
    groups: np.ndarray  # the first row of each row group of the file, and the number of rows

    def rows(self, neuron: int) -> np.ndarray:
        """The rows of one neuron; none where there is no such neuron."""
        if not 0 <= neuron < len(self.starts) - 1:
            return np.arange(0)
        return np.arange(self.starts[neuron], self.starts[neuron + 1])


def read_tops(path: Path, about: Description) -> Tops:
    """The small columns of `tops.parquet`.

    Raises:
        Unfit: if it is not of its schema, or a number cannot be.
    """
    count, cells = about.sae.neurons, about.tap.grid[0] * about.tap.grid[1] if about.tap.grid else 1
    with open_checked(path, TOPS_SCHEMA, (0, count * MOST_TOPS), {PATCHES: cells}) as file:
        table, head = file.read(columns=["neuron", "band", "rank", "image", "activation"]), file.metadata
    groups = np.cumsum([0, *(head.row_group(number).num_rows for number in range(head.num_row_groups))])
    refuse_nulls(table)
    band, image = texts_of(table, "band"), texts_of(table, "image")
    require_form(band, "band", BAND)
    require_form(image, "image", HASH)
    neuron, rank, activation = (table[name].to_numpy() for name in ("neuron", "rank", "activation"))
    require(neuron, "neuron", 0, count - 1)
    require(np.diff(neuron), "neuron (in order)", 0, count)
    require(rank, "rank", 0, MOST_TOPS)
    require(activation, "activation")
    starts = np.searchsorted(neuron, np.arange(count + 1, dtype=neuron.dtype))  # of one type, or all are converted
    narrow = partial(np.ndarray.astype, dtype=np.min_scalar_type(len(band.values)))
    return Tops(
        starts, rank, activation, narrow(band.codes), image.codes, band.values.to_pylist(), packed(image.values), head, groups
    )


def read_patches(path: Path, tops: Tops, rows: np.ndarray) -> pd.DataFrame:
    """`neuron`, `band` and `patches` of consecutive rows of `tops.parquet` and of those around them: a millisecond or two."""
    with pq.ParquetFile(path, metadata=tops.file) as file:
        first, after = np.searchsorted(tops.groups, rows[0], "right") - 1, np.searchsorted(tops.groups, rows[-1], "right")
        return file.read_row_groups(list(range(first, after)), columns=["neuron", "band", PATCHES]).to_pandas()
