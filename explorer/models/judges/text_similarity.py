"""A judge by a text tower, of an atlas that `describe` gave meanings: which neuron's images an answer is nearest to."""

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float

from explorer.atlas.atlas import Atlas
from explorer.atlas.manifest import SearchInfo
from explorer.atlas.meaning_index import MeaningIndex, meanings_of
from explorer.errors import UserError
from explorer.models.judges.judge import Answer, Judged
from explorer.models.recent import Recent
from explorer.models.text_reader import TextReader, load_text_reader

NEARER = 0.95  # share of the other neurons whose images an answer must be farther from, to say the concept of one
KEPT = 256  # answers whose share is kept: a slider comes back to where it was
EQUAL = 1e-5  # cosines that differ by less count as equal


class SimilarityJudge:
    """A judge by cosines.

    A text says a neuron's concept if it is nearer to the mean of that neuron's images than to those of 95 % of the other neurons.
    It follows its prompt, or describes its image as before, if of all unsteered answers that it is judged with its own one is the
    nearest. So no threshold of cosine has to be chosen, but neurons of like images spoil each other's verdicts.

    Args:
        reader: of the atlas.
        meanings: of the atlas; shared with who searches among them, never copied.
    """

    name = "similarity"

    def __init__(self, reader: TextReader, meanings: MeaningIndex) -> None:
        self._reader, self._meanings = reader, meanings
        self._shares: Recent[float] = Recent(KEPT)

    @property
    def nbytes(self) -> int:
        """Bytes that the meanings take, for who counts memory; the reader's are its tower's."""
        return self._meanings.nbytes

    def concept(self, neuron: int) -> str:
        """Its images, where it has some."""
        return "its images" if (self._meanings.meant == neuron).any() else ""

    def says(self, neuron: int, answers: Sequence[Answer]) -> list[bool]:
        """Whether each text is nearer to the neuron's images than to those of most others."""
        return (self._nearer(neuron, answers) >= NEARER).tolist()

    def judged(self, neuron: int, answers: Sequence[Answer]) -> list[Judged]:
        """Whether each text says the concept, and how clearly; one prompt alone tells nothing of whether it was followed."""
        shares = {text: self._shares.get((neuron, text)) for text in (answer.text for answer in answers)}
        new = [answer for answer in answers if shares[answer.text] is None]
        for answer, share in zip(new, self._nearer(neuron, new).tolist() if new else (), strict=True):
            shares[answer.text] = self._shares.keep((neuron, answer.text), share)
        return [Judged(share >= NEARER, None, share) for answer in answers if (share := shares[answer.text]) is not None]

    def _nearer(self, neuron: int, answers: Sequence[Answer]) -> Float[np.ndarray, " n"]:
        """The share of the other neurons whose images each text is farther from than from this one's."""
        cosines_ns = self._meanings.cosines(self._reader.directions([answer.text for answer in answers]))
        others = self._meanings.meant[self._meanings.meant != neuron]
        return (cosines_ns < cosines_ns[:, neuron, None])[:, others].mean(1)

    def followed(self, answers: Sequence[Answer]) -> list[bool]:
        """Whether each text is nearest to the unsteered answer to its own prompt."""
        return self._nearest(answers)

    def kept(self, answers: Sequence[Answer]) -> list[bool]:
        """Whether each text is nearest to the unsteered description of its own image."""
        return self._nearest(answers)

    def _nearest(self, answers: Sequence[Answer]) -> list[bool]:
        unsteered = list(dict.fromkeys(answer.unsteered for answer in answers))
        cosines_nu = self._reader.directions([answer.text for answer in answers]) @ self._reader.directions(unsteered).T
        own = [unsteered.index(answer.unsteered) for answer in answers]
        own_n = cosines_nu[np.arange(len(answers)), own]
        return (own_n >= cosines_nu.max(1) - EQUAL).tolist()


def load_similarity_judge(atlas: Atlas, readers: Callable[[Atlas, SearchInfo], TextReader] = load_text_reader) -> SimilarityJudge:
    """The judge by the text tower that an atlas was described by.

    Args:
        readers: gives what reads texts for an atlas; a model pool gives the one that it holds.

    Raises:
        UserError: if it was described by none, that is not there, or the atlas's meanings are missing or damaged.
    """
    search = atlas.manifest.search
    if search is None:
        raise UserError(f"--judge similarity: atlas {atlas.name} keeps no meanings; run `describe` on it with a text tower first")
    return SimilarityJudge(readers(atlas, search), meanings_of(atlas))
