"""Search among neurons by vector: FAISS over decoder directions and over concepts.

Exact inner-product search: 65,536 × 1,024 numbers are 268 MB and one query takes milliseconds, so nothing approximate is
needed. FAISS loads when the first search is made.
"""

import struct
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from explorer.atlas.integrity import CheckedFiles, Unfit
from explorer.atlas.manifest import WIDEST

_HEAD = struct.Struct("<4siqqqBiQ")  # fourcc, d, rows, two unused, trained, metric, numbers; faiss/impl/index_write.cpp
_FLAT_IP = b"IxFI"  # IndexFlatIP


class Neighbours(NamedTuple):
    """Nearest neurons of each query, closest first; a query with fewer has −1 and −inf at the end."""

    neurons: np.ndarray  # (queries, k) int64
    cosine: np.ndarray  # (queries, k) float32


def _unit(vectors: Float[np.ndarray, "rows width"]) -> np.ndarray:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.ascontiguousarray(np.divide(vectors, norms, out=np.zeros_like(vectors), where=norms > 0), dtype=np.float32)


def write_index(path: Path, vectors: Float[np.ndarray, "rows width"]) -> None:
    """Write an exact cosine index; row i is neuron i, a zero row is never near anything."""
    import faiss

    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(_unit(vectors))  # type: ignore[call-arg]  # faiss's Python wrappers hide their signature
    faiss.write_index(index, str(path))


def check_index(path: Path, rows: int) -> None:
    """Check that a file is an exact cosine index of so many rows, and as long as that needs: FAISS believes what a file says.

    Raises:
        Unfit: if it is not.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD.size)
    if len(head) < _HEAD.size or head[:4] != _FLAT_IP:
        raise Unfit("is not a readable FAISS index of the kind needed")
    _, width, count, _, _, trained, metric, numbers = _HEAD.unpack(head)
    if count != rows:
        raise Unfit(f"has {count} rows, its atlas {rows} neurons")
    size = _HEAD.size + 4 * rows * width
    if not (1 <= width <= WIDEST and (trained, metric, numbers) == (1, 0, rows * width) and path.stat().st_size == size):
        raise Unfit("is damaged: its head tells another size than it has")


def open_index(files: CheckedFiles, name: str, rows: int) -> "VectorIndex":
    """`directions.faiss` or `concepts.faiss` among an atlas's files, verified.

    Raises:
        UserError: if the file is missing, damaged or of another atlas.
    """
    with files.using(name) as path:
        return VectorIndex(path, rows)


class VectorIndex:
    """Cosine search over the rows of one index file.

    Args:
        path: `directions.faiss` or `concepts.faiss` of an atlas.
        rows: neurons of the atlas; the index must have as many.

    Raises:
        Unfit: if the file is damaged or has another number of rows.
    """

    def __init__(self, path: Path, rows: int) -> None:
        check_index(path, rows)
        import faiss

        self._index = faiss.read_index(str(path))
        if not np.isfinite(self.vectors()).all():
            raise Unfit("has vectors with NaN or infinite values")

    @property
    def width(self) -> int:
        return self._index.d

    def nearest(
        self, queries: Float[np.ndarray, "queries width"], k: int, among: Int[np.ndarray, " some"] | None = None
    ) -> Neighbours:
        """The k rows of largest cosine to each query; of `among` only, where it is given."""
        import faiss

        chosen = None if among is None else faiss.SearchParameters(sel=faiss.IDSelectorBatch(among.astype(np.int64)))  # type: ignore[call-arg]
        cosine, neurons = self._index.search(_unit(queries), k, params=chosen)
        return Neighbours(neurons, cosine)

    def vector(self, row: int) -> Float[np.ndarray, " width"]:
        """One row, unit length (zero where the neuron has no direction)."""
        return np.asarray(self._index.reconstruct(row))

    def vectors(self) -> Float[np.ndarray, "rows width"]:
        """All rows, unit length (zero where the neuron has no direction)."""
        return self._index.reconstruct_n(0, self._index.ntotal)
