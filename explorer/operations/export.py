"""Export: the neurons that a query asks for, all pages of them, as a table; as CSV or Parquet, a piece at a time."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from explorer.atlas.atlas import Atlas
from explorer.atlas.manifest import ms_column
from explorer.atlas.query import Query
from explorer.operations.browse import NeuronSummary, summarize

PIECE = 1024  # neurons
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes a cell for a formula by (owasp.org, "CSV Injection")


def pieces(atlas: Atlas, query: Query) -> Iterator[pd.DataFrame]:
    """The neurons in the order of the query, one row a neuron, PIECE of them at a time; at least one frame, with the columns.

    Columns: `neuron`, `name`, `name_source`, `name_score`, `ms_NAME` by each similarity encoder, `images`, `density`, `level`,
    `strongest`, `steerability`, `fit`, and `top_image`, the content hash of its strongest image.
    """
    neurons = atlas.selection(query)
    for start in range(0, max(1, len(neurons)), PIECE):
        rows = [_row(atlas, summarize(atlas, neuron)) for neuron in neurons[start : start + PIECE].tolist()]
        yield pd.DataFrame(rows, columns=_columns(atlas)).astype(_types(atlas))


def as_csv(frames: Iterator[pd.DataFrame]) -> Iterator[bytes]:
    """CSV in UTF-8; text that a spreadsheet would run as a formula begins with an apostrophe."""
    for number, frame in enumerate(frames):
        safe = frame.assign(**{name: frame[name].map(_no_formula) for name in frame.select_dtypes("str")})
        yield safe.to_csv(index=False, header=number == 0, lineterminator="\r\n").encode()


def as_parquet(frames: Iterator[pd.DataFrame], about: dict[str, str]) -> Iterator[bytes]:
    """Parquet, a row group a frame.

    Args:
        about: what the table is of, kept in the file's metadata.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink, writer = _Sink(), None
    for frame in frames:
        table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(about)
        writer = writer or pq.ParquetWriter(pa.PythonFile(sink, mode="w"), table.schema)
        writer.write_table(table)
        yield sink.take()
    if writer:
        writer.close()
    yield sink.take()


class _Sink:
    """A file that hands on what was written to it."""

    closed = False

    def __init__(self) -> None:
        self._written, self._parts = 0, []

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        self._written += len(self._parts[-1])
        return len(self._parts[-1])

    def tell(self) -> int:
        return self._written

    def flush(self) -> None:
        pass

    def close(self) -> None:
        self.closed = True

    def take(self) -> bytes:
        taken, self._parts = b"".join(self._parts), []
        return taken


def _columns(atlas: Atlas) -> list[str]:
    by = [ms_column(similarity) for similarity in atlas.similarities]
    names = ["neuron", "name", "name_source", "name_score", *by, "images", "density", "level", "strongest"]
    return [*names, "steerability", "fit", "top_image"]


def _types(atlas: Atlas) -> dict[str, str]:
    whole, texts = ("neuron", "images", "level"), ("name", "name_source", "top_image")
    return {name: "int64" if name in whole else "str" if name in texts else "float32" for name in _columns(atlas)}


def _row(atlas: Atlas, summary: NeuronSummary) -> list[object]:
    name, top = summary.name, atlas.top_images(summary.neuron, 1)
    figures = [summary.images, summary.density, summary.level, summary.strongest, summary.steerability, summary.fit]
    return [summary.neuron, name.name, name.source, name.score, *summary.ms.values(), *figures, top[0].image if top else ""]


def _no_formula(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
