"""An atlas's tables: their columns, and reading them so that no table, however hostile, gives a number that cannot be.

What a table's own head tells (columns, rows, values) is held against the manifest before anything is allocated; ids, lengths and
ranges after reading. Texts are read as dictionaries: a long one that a file holds once must not fill the memory.
"""

import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from explorer.atlas.integrity import Unfit
from explorer.atlas.manifest import LONGEST_KEY, LONGEST_LABEL, Description, ms_column

HISTOGRAM_BINS = 64  # half-octaves from 2^-16 to 2^16, see precompute.score.histogram
HISTOGRAM_FIRST = -16.0  # log2 of the lowest bin's lower edge
MOST_NEIGHBOURS = 64  # per neuron and kind
MOST_TOPS = 1024  # images per neuron, all bands together
LARGEST_TEXT = 4 * LONGEST_KEY  # bytes
SOME = 2**16  # bytes of a column beside its values
AT_ONCE = 10**9  # bytes that the columns of a table may take in memory, but for the patches, which are read a row group at a time
AT_ONCE_PATCHES = 2**28
PATCHES = "patches"
HASH = r"[0-9a-f]{32}"  # of a picture's content, see `picture_hash`
BAND = r"[A-Za-z0-9_.-]{1,16}"

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
TOPS_SCHEMA = pa.schema(
    [
        ("neuron", pa.int32()),
        ("band", pa.string()),  # "top", or a quantile band such as "q90"
        ("rank", pa.int16()),  # within the band, 0 = strongest
        ("image", pa.string()),  # content hash, key of the image store
        ("activation", pa.float32()),
        ("patches", pa.list_(pa.float16())),  # activation per patch, row by row; null where the tap has none
    ]
)


class Tops(NamedTuple):
    """All rows of `tops.parquet` but their patches, by neuron."""

    neuron: np.ndarray  # never falls
    rank: np.ndarray
    activation: np.ndarray
    band: np.ndarray  # place in `bands`
    image: np.ndarray  # place in `images`
    bands: list[str]
    images: list[str]  # content hashes


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
        require_length(table, name, LONGEST_LABEL)
    table = table.cast(schema)
    _check_neurons(table, about)
    return table.to_pandas()


def read_tops(path: Path, about: Description) -> Tops:
    """The small columns of `tops.parquet`.

    Raises:
        Unfit: if it is not of its schema, or a number cannot be.
    """
    count, cells = about.sae.neurons, about.tap.grid[0] * about.tap.grid[1] if about.tap.grid else 1
    with open_checked(path, TOPS_SCHEMA, (0, count * MOST_TOPS), {"patches": cells}) as file:
        table = file.read(columns=["neuron", "band", "rank", "image", "activation"]).unify_dictionaries()
    refuse_nulls(table)
    for name, form in (("band", BAND), ("image", HASH)):
        require_form(table, name, form)
    neuron, rank, activation = (table[name].to_numpy() for name in ("neuron", "rank", "activation"))
    require(neuron, "neuron", 0, count - 1)
    require(np.diff(neuron), "neuron (in order)", 0, count)
    require(rank, "rank", 0, MOST_TOPS)
    require(activation, "activation")
    band, image = (_codes(table, name) for name in ("band", "image"))
    return Tops(neuron, rank, activation, band, image, _texts(table, "band"), _texts(table, "image"))


def read_patches(path: Path, rows: np.ndarray) -> pd.DataFrame:
    """`neuron`, `band` and `patches` of consecutive rows of `tops.parquet` and of those around them: a millisecond or two."""
    with pq.ParquetFile(path) as file:
        starts = np.cumsum([0] + [file.metadata.row_group(g).num_rows for g in range(file.num_row_groups)])
        groups = range(np.searchsorted(starts, rows[0], "right") - 1, np.searchsorted(starts, rows[-1], "right"))
        return file.read_row_groups(list(groups), columns=["neuron", "band", "patches"]).to_pandas()


def open_checked(source: Path | io.BytesIO, schema: pa.Schema, rows: tuple[int, int], most: dict[str, int]) -> pq.ParquetFile:
    """Open a Parquet file whose head tells what it must; its texts are read as dictionaries.

    Args:
        schema: its columns.
        rows: least and most.
        most: values per row of a list column; 1 of any other.

    Raises:
        Unfit: naming the first that differs.
    """
    file = pq.ParquetFile(source)
    columns = file.schema_arrow.remove_metadata()
    if not columns.equals(schema):
        odd = {field.name for field in set(columns) ^ set(schema)}
        raise Unfit(f"has columns of another schema ({', '.join(sorted(odd))[:200]})")
    about = file.metadata
    if not rows[0] <= about.num_rows <= rows[1]:
        raise Unfit(f"has {about.num_rows:,} rows, not {rows[0]:,}" + (f" to {rows[1]:,}" if rows[1] > rows[0] else ""))
    texts = [field.name for field in schema if field.type == pa.string()]
    at_once = sum(about.num_rows * most.get(field.name, 1) * _width(field) for field in schema if field.name != PATCHES)
    if at_once > AT_ONCE or any(
        _patches(about.row_group(g), schema, most) > AT_ONCE_PATCHES for g in range(about.num_row_groups)
    ):
        raise Unfit(f"would take {at_once / 1e9:,.1f} GB of memory")
    for group in map(about.row_group, range(about.num_row_groups)):
        for column in map(group.column, range(about.num_columns)):
            name = column.path_in_schema.split(".")[0]
            values = group.num_rows * most.get(name, 1) + group.num_rows  # an empty list counts as a value
            large = name in texts and column.total_uncompressed_size > SOME + group.num_rows * LARGEST_TEXT
            if column.num_values > values or large:
                raise Unfit(f"has too many or too large values in column {name}")
    return pq.ParquetFile(source, read_dictionary=texts, metadata=about)


def _width(field: pa.Field) -> int:
    """Bytes of one value; of a text, of its place in a dictionary; none of a picture, which is read by itself."""
    kind = field.type.value_type if pa.types.is_list(field.type) else field.type
    return 0 if pa.types.is_struct(kind) else 4 if kind == pa.string() else kind.bit_width // 8


def _patches(group: pq.RowGroupMetaData, schema: pa.Schema, most: dict[str, int]) -> int:
    """Bytes of the patches that one look at a neuron reads."""
    return group.num_rows * most[PATCHES] * _width(schema.field(PATCHES)) if PATCHES in schema.names else 0


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


def require(values: np.ndarray, name: str, low: float = -np.inf, high: float = np.inf) -> None:
    """Raise `Unfit` unless all values are finite and within the range, ends included."""
    if not (np.isfinite(values).all() and (values >= low).all() and (values <= high).all()):
        raise Unfit(f"has values in column {name} that cannot be")


def require_length(table: pa.Table, name: str, longest: int) -> None:
    """Raise `Unfit` unless the texts of a column, read as a dictionary, have so many characters at most."""
    if max(map(len, _texts(table, name)), default=0) > longest:
        raise Unfit(f"has texts in column {name} of more than {longest:,} characters")


def require_form(table: pa.Table, name: str, form: str) -> None:
    """Raise `Unfit` unless the texts of a column, read as a dictionary, all match a regular expression."""
    if not all(map(re.compile(form).fullmatch, _texts(table, name))):
        raise Unfit(f"has texts in column {name} of another form")


def refuse_nulls(table: pa.Table, but: Sequence[str] = ()) -> None:
    """Raise `Unfit` if a value is missing in any column but these."""
    for name in table.column_names:
        if name not in but and table[name].null_count:
            raise Unfit(f"has gaps in column {name}")


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


def _texts(table: pa.Table, name: str) -> list[str]:
    """The different texts of a column that was read as a dictionary."""
    column = table[name].unify_dictionaries()
    return column.chunk(0).dictionary.to_pylist() if column.num_chunks else []


def _codes(table: pa.Table, name: str) -> np.ndarray:
    chunks = [chunk.indices.to_numpy() for chunk in table[name].chunks]
    return np.concatenate(chunks) if chunks else np.zeros(0, np.int32)
