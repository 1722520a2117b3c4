"""The table of neurons: its columns, and reading it so that no file, however hostile, gives a number that cannot be.

What the table's own head tells (columns, rows, values) is held against the manifest before anything is allocated; ids, lengths
and ranges after reading.
"""

import io

import numpy as np
import pandas as pd
import pyarrow as pa

from explorer.atlas.integrity import Unfit
from explorer.atlas.manifest import LONGEST_LABEL, Description, ms_column
from explorer.atlas.table_checks import open_checked, refuse_nulls, require, require_length, texts_of

HISTOGRAM_BINS = 64  # half-octaves from 2^-16 to 2^16, see precompute.score.histogram
HISTOGRAM_FIRST = -16.0  # log2 of the lowest bin's lower edge
MOST_NEIGHBOURS = 64  # per neuron and kind

_NEURON_FIELDS = [
    ("neuron", pa.int32()),  # row number
    ("level", pa.int8()),  # Matryoshka group, 0 = coarsest; 0 where there are none
    ("density", pa.float32()),  # share of images it fires on
    ("max", pa.float32()),  # largest activation on any image
    ("mean", pa.float32()),  # mean activation over the images it fires on; NaN where none
    ("histogram", pa.list_(pa.int32())),  # images per half-octave of activation
    ("label", pa.string()),  # commonest label among its top images; "" where the images have none
    ("label_share", pa.float32()),  # share of its top images that carry it
    ("name", pa.string()),  # of a vocabulary, the word that fits its images best; "" where none, or nobody has looked
    ("name_score", pa.float32()),  # how well, see precompute.naming.fit; NaN likewise
    ("nearest", pa.list_(pa.int32())),  # neurons of the closest decoder rows, closest first
    ("nearest_cosine", pa.list_(pa.float32())),
    ("cofiring", pa.list_(pa.int32())),  # neurons that fire on the same images most often
    ("cofiring_share", pa.list_(pa.float32())),  # Jaccard of the two sets of images they fire on
    ("steers", pa.string()),  # the word that raising it brings into a model's answers; "" where none, or nobody has tried
    ("steerability", pa.float32()),  # share of pictures on which it brings that word, and takes it away; NaN: nobody has tried
    ("steer_alpha", pa.float32()),  # activation it was raised to for that; NaN where there is no such word
]
_MAP_FIELDS = [("map_x", pa.float32()), ("map_y", pa.float32())]  # place on the map, no unit; NaN where it has none
_SAYS_FIELDS = [
    ("says", pa.string()),  # words that come into a model's answers when it is raised, oftenest first, with a space between two
    ("says_share", pa.list_(pa.float32())),  # of the pictures on which each of them comes
]
NEURON_COLUMNS = [name for name, _ in _NEURON_FIELDS]


def neurons_schema(about: Description) -> pa.Schema:
    """The schema of `neurons.parquet`: fixed columns, those that the manifest tells of, and one of MS per E."""
    fields = [*_NEURON_FIELDS, *(_SAYS_FIELDS if _says(about) else []), *(_MAP_FIELDS if about.map else [])]
    return pa.schema(fields + [(ms_column(info.name), pa.float32()) for info in about.similarity])


def _says(about: Description) -> int:
    """The words of a neuron that `says` holds at most; 0: there is no such column."""
    return about.steering.words if about.steering else 0


def read_neurons(data: bytes, about: Description) -> pd.DataFrame:
    """The content of `neurons.parquet` as a frame, one row a neuron.

    Raises:
        Unfit: if it is not of its schema, or a number cannot be.
    """
    schema, count = neurons_schema(about), about.sae.neurons
    most = {"histogram": HISTOGRAM_BINS} | dict.fromkeys(("nearest", "nearest_cosine"), MOST_NEIGHBOURS)
    most |= dict.fromkeys(("cofiring", "cofiring_share"), MOST_NEIGHBOURS)
    most |= {"says_share": _says(about)}
    table = open_checked(io.BytesIO(data), schema, (count, count), most).read()
    for name in [name for name in ("label", "name", "steers", "says") if name in schema.names]:
        require_length(texts_of(table, name), name, LONGEST_LABEL)
    table = table.cast(schema)
    _check_neurons(table, about)
    return table.to_pandas(types_mapper=_list_type)


def _list_type(kind: pa.DataType) -> pd.ArrowDtype | None:
    """Lists stay Arrow's, one buffer a column: as NumPy arrays each takes some hundred bytes beside its values."""
    return pd.ArrowDtype(kind) if pa.types.is_list(kind) else None


def _check_neurons(table: pa.Table, about: Description) -> None:
    """Nulls, ids, lengths and ranges of every column."""
    count, levels = len(table), max(1, len(about.sae.group_sizes))
    shares = ["steerability", *(ms_column(info.name) for info in about.similarity)]
    maybe = ["mean", "name_score", "steer_alpha", *([name for name, _ in _MAP_FIELDS] if about.map else [])]
    refuse_nulls(table, but=[*maybe, *shares])
    if not np.array_equal(table["neuron"].to_numpy(), np.arange(count)):
        raise Unfit("does not number its neurons 0, 1, 2, …")
    require(table["level"].to_numpy(), "level", 0, levels - 1)
    for name in ("density", "label_share"):
        require(table[name].to_numpy(), name, 0, 1.0001)
    require(table["max"].to_numpy(), "max")
    for name in maybe:
        require(_told(table, name), name)
    for name in shares:
        require(_told(table, name), name, -1.001, 1.001)
    require(_lengths(table, "histogram"), "histogram (bins)", HISTOGRAM_BINS, HISTOGRAM_BINS)
    require(_values(table, "histogram"), "histogram", 0, about.dataset.images)
    for others, alike in (("nearest", "nearest_cosine"), ("cofiring", "cofiring_share")):
        require(_values(table, others), others, 0, count - 1)
        require(_values(table, alike), alike, -1.001, 1.001)
        if not np.array_equal(_lengths(table, others), _lengths(table, alike)):
            raise Unfit(f"has columns {others} and {alike} of different lengths")
    if _says(about):
        _check_says(table, _says(about))


def _check_says(table: pa.Table, most: int) -> None:
    """As many words as shares, and no more of them than the manifest tells."""
    require(_values(table, "says_share"), "says_share", -1.001, 1.001)
    words = np.array([len(said.split()) for said in table["says"].to_pylist()])
    if not np.array_equal(words, _lengths(table, "says_share")) or words.max() > most:
        raise Unfit("has columns says and says_share of different lengths")


def _told(table: pa.Table, name: str) -> np.ndarray:
    """The values of a column in which NaN, or a gap, stands for nothing."""
    values = table[name].to_numpy()
    return values[~np.isnan(values)]


def _values(table: pa.Table, name: str) -> np.ndarray:
    values = table[name].combine_chunks().flatten()
    if values.null_count:
        raise Unfit(f"has gaps in the lists of column {name}")
    return values.to_numpy(zero_copy_only=False)


def _lengths(table: pa.Table, name: str) -> np.ndarray:
    return table[name].combine_chunks().value_lengths().to_numpy(zero_copy_only=False)
