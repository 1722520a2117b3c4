"""Search among the meanings of an atlas's neurons: FAISS over the mean images that texts and pictures are compared with."""

from functools import lru_cache

import numpy as np
from jaxtyping import Float, Int

from explorer.atlas.atlas import Atlas
from explorer.atlas.integrity import Unfit
from explorer.atlas.manifest import MEANINGS
from explorer.atlas.meanings import Meanings, read_meanings

FEW = 4  # images of a neuron whose meaning counts for √½


class MeaningIndex:
    """Search among the meanings of an atlas's neurons: how near each neuron's images are to a direction.

    A score is the cosine of direction and mean image, times √(n / (n + 4)) for a neuron of n images: the mean of few images
    points somewhere by chance.

    Args:
        meanings: of the atlas.
        fires_on: number of images that each neuron fires on.
    """

    def __init__(self, meanings: Meanings, fires_on: Float[np.ndarray, " neurons"]) -> None:
        import faiss

        self.centre = meanings.centre
        self.meant = np.flatnonzero(meanings.neurons.any(1))  # the neurons that have images
        self._sure = np.sqrt(fires_on / (fires_on + FEW)).astype(np.float32)
        self._index = faiss.IndexFlatIP(meanings.neurons.shape[1])
        self._index.add(meanings.neurons * self._sure[:, None])  # type: ignore[call-arg]

    @property
    def nbytes(self) -> int:
        """Bytes that the meanings take."""
        return self._index.ntotal * self._index.code_size

    def cosines(self, directions: Float[np.ndarray, "n width"]) -> Float[np.ndarray, "n neurons"]:
        """The cosine of each direction and each neuron's mean image; 0 where a neuron has no images.

        Args:
            directions: of unit length.
        """
        import faiss

        rows = faiss.rev_swig_ptr(self._index.get_xb(), self._index.ntotal * self._index.d).reshape(-1, self._index.d)  # no copy
        scores = directions @ rows.T
        return np.divide(scores, self._sure, out=np.zeros_like(scores), where=self._sure > 0)

    def nearest(
        self, direction: Float[np.ndarray, " width"], k: int, among: Int[np.ndarray, " some"] | None = None
    ) -> list[tuple[int, float]]:
        """The k neurons of largest score, and their scores; of `among` only, where it is given. None without images.

        Args:
            direction: of unit length.

        Raises:
            Unfit: if the direction has another width.
        """
        import faiss

        if direction.shape != (self._index.d,):
            raise Unfit(f"has meanings of width {self._index.d}, their model gives {direction.shape[0]}")
        those = self.meant if among is None else np.intersect1d(among, self.meant)
        chosen = faiss.SearchParameters(sel=faiss.IDSelectorBatch(those.astype(np.int64)))  # type: ignore[call-arg]
        scores, neurons = self._index.search(direction[None].astype(np.float32), k, params=chosen)
        pairs = zip(neurons[0].tolist(), scores[0].tolist(), strict=True)
        return [(neuron, score) for neuron, score in pairs if neuron >= 0]


@lru_cache(maxsize=4)
def meanings_of(atlas: Atlas) -> MeaningIndex:
    """The meanings of an atlas whose manifest tells of them, kept while it is among the last that were asked for.

    Raises:
        UserError: if the file is missing or damaged.
    """
    assert atlas.manifest.search is not None
    with atlas.files.using(MEANINGS) as path:
        return MeaningIndex(read_meanings(path, len(atlas), atlas.manifest.search.model.width), atlas.fires_on())
