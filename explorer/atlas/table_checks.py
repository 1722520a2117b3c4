"""Parquet files from anyone: what a file's head tells is held against its schema before anything is read, its values after.

Texts are read as dictionaries, so that a long one that a file holds once for all rows does not fill the memory.
"""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from explorer.atlas.integrity import Unfit
from explorer.atlas.manifest import LONGEST_KEY

LARGEST_TEXT = 4 * LONGEST_KEY  # bytes
SOME = 2**16  # bytes of a column beside its values
AT_ONCE = 10**9  # bytes that the columns of a table may take in memory, but for the patches, which are read a row group at a time
AT_ONCE_PATCHES = 2**28
PATCHES = "patches"


class Texts(NamedTuple):
    """A column of texts, each different one held once."""

    codes: np.ndarray  # (rows,): the place of each row's text in `values`
    values: pa.Array  # the different texts, valid UTF-8

    def of(self, row: int) -> str:
        """The text of one row."""
        return self.values[int(self.codes[row])].as_py()


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


def texts_of(table: pa.Table, name: str) -> Texts:
    """A column of texts that was read as a dictionary.

    Raises:
        pyarrow.ArrowInvalid: if a text is no UTF-8.
    """
    column = table[name].unify_dictionaries()  # once: of a column that is unified already, every chunk has all its texts
    if column.num_chunks == 0:
        return Texts(np.zeros(0, np.int32), pa.array([], pa.string()))
    values = column.chunk(0).dictionary
    values.validate(full=True)
    return Texts(np.concatenate([chunk.indices.to_numpy() for chunk in column.chunks]), values)


def require(values: np.ndarray, name: str, low: float = -np.inf, high: float = np.inf) -> None:
    """Raise `Unfit` unless all values are finite and within the range, ends included."""
    if not (np.isfinite(values).all() and (values >= low).all() and (values <= high).all()):
        raise Unfit(f"has values in column {name} that cannot be")


def require_length(texts: Texts, name: str, longest: int) -> None:
    """Raise `Unfit` unless the texts of a column have so many characters at most."""
    if pc.call_function("utf8_length", [texts.values]).to_numpy().max(initial=0) > longest:
        raise Unfit(f"has texts in column {name} of more than {longest:,} characters")


def require_form(texts: Texts, name: str, form: str) -> None:
    """Raise `Unfit` unless the texts of a column all match a regular expression from end to end."""
    whole = pc.MatchSubstringOptions(rf"\A(?:{form})\z")
    if not pc.call_function("match_substring_regex", [texts.values], whole).to_numpy(zero_copy_only=False).all():
        raise Unfit(f"has texts in column {name} of another form")


def refuse_nulls(table: pa.Table, but: Sequence[str] = ()) -> None:
    """Raise `Unfit` if a value is missing in any column but these."""
    for name in table.column_names:
        if name not in but and table[name].null_count:
            raise Unfit(f"has gaps in column {name}")


def _width(field: pa.Field) -> int:
    """Bytes of one value; of a text, of its place in a dictionary; none of a picture, which is read by itself."""
    kind = field.type.value_type if pa.types.is_list(field.type) else field.type
    return 0 if pa.types.is_struct(kind) else 4 if kind == pa.string() else kind.bit_width // 8


def _patches(group: pq.RowGroupMetaData, schema: pa.Schema, most: dict[str, int]) -> int:
    """Bytes of the patches that one look at a neuron reads."""
    return group.num_rows * most[PATCHES] * _width(schema.field(PATCHES)) if PATCHES in schema.names else 0
