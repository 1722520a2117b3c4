"""The showcase: one neuron of an atlas that shows what neurons are, the same one each time."""

from dataclasses import dataclass

from explorer.atlas.atlas import Atlas
from explorer.atlas.query import Query
from explorer.operations.browse import NeuronSummary, summarize
from explorer.operations.neuron import NeuronImage, top_images
from explorer.operations.results import Result

IMAGES = 8
CHOICE = 24  # neurons whose images it may be raised on


@dataclass(frozen=True)
class Showcase(Result):
    """The neuron, its images, and what raising it says."""

    neuron: NeuronSummary
    images: tuple[NeuronImage, ...]
    says: str
    """The word that it brings into a vision-language model's answers when it is raised; "" where none, or nobody has tried."""
    share: float | None
    """Share of pictures on which it does, and on which lowering it stops that."""
    model: str
    """That says it; "" where nobody has tried."""
    try_on: str
    """An image to raise it on: the strongest of the best neuron that goes by another word; "" where there is none."""


def showcase(atlas: Atlas) -> Showcase | None:
    """The neuron of largest steerability × MS, of those whose word is also the name that fits their images, if there are such.

    Where none steers it is the first of the best; None where all are dead.
    """
    steerable = atlas.selection(Query(images=atlas.least_images, steerable=True)).tolist()
    if steerable:
        number = max(steerable, key=lambda neuron: _worth(atlas, neuron))
    else:
        number = next(iter(atlas.page(Query(size=1)).neurons), None)
    if number is None:
        return None
    summary, tried = summarize(atlas, number), atlas.manifest.steering
    says = str(atlas.neurons["steers"].iat[number]) if steerable else ""
    share = summary.steerability if steerable else None
    images = tuple(top_images(atlas, number, "top", IMAGES))
    return Showcase(summary, images, says, share, tried.model if tried else "", _try_on(atlas, number, says))


def _try_on(atlas: Atlas, number: int, says: str) -> str:
    """On an image of what the neuron says anyway, little would change."""
    best = (other for other in atlas.page(Query(size=CHOICE)).neurons if other != number)
    names = atlas.neurons["name"]
    unlike = next((other for other in best if not _alike(says, str(names.iat[other]))), None)
    return atlas.top_images(unlike, 1)[0].image if unlike is not None else ""


def _worth(atlas: Atlas, neuron: int) -> tuple[bool, float]:
    row = atlas.neurons
    meant = _alike(str(row["steers"].iat[neuron]), str(row["name"].iat[neuron]))
    return meant, float(row["steerability"].iat[neuron]) * float(atlas.ms()[neuron])


def _alike(one: str, other: str) -> bool:
    """Whether two words are the same, or one is the other's plural."""
    return bool(one) and (one in _forms(other) or other in _forms(one))


def _forms(word: str) -> set[str]:
    return {word, f"{word}s", f"{word}es", f"{word.removesuffix('y')}ies"}
