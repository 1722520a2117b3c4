"""Search among neurons by vector: FAISS over decoder directions and over concepts.

Exact inner-product search: 65,536 × 1,024 numbers are 268 MB and one query takes milliseconds, so nothing approximate is
needed. FAISS loads when the first search is made.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from explorer.errors import UserError


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


class VectorIndex:
    """Cosine search over the rows of one index file.

    Args:
        path: `directions.faiss` or `concepts.faiss` of an atlas.
        rows: neurons of the atlas; the index must have as many.

    Raises:
        UserError: if the file is damaged or has another number of rows.
    """

    def __init__(self, path: Path, rows: int) -> None:
        import faiss

        try:
            self._index = faiss.read_index(str(path))
        except RuntimeError as error:
            raise UserError(f"{path} is not a readable FAISS index; build the atlas again") from error
        if self._index.ntotal != rows:
            raise UserError(f"{path} has {self._index.ntotal} rows, its atlas {rows} neurons; build the atlas again")

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

    def vectors(self) -> Float[np.ndarray, "rows width"]:
        """All rows, unit length (zero where the neuron has no direction)."""
        return self._index.reconstruct_n(0, self._index.ntotal)
