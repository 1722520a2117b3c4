"""Search: words, an image or a neuron → neurons, each with the reason why it is found.

Words are compared with the neurons' names, and, where the atlas has meanings, with the images that each fires on: that needs a
text tower, and no names. For an image, those neurons are found that fire on it, and those whose images are like it.
"""

import numpy as np
from jaxtyping import Float, Int

from explorer.atlas.atlas import Atlas
from explorer.atlas.indexes import concepts_of, directions_of
from explorer.atlas.manifest import MEANINGS, SearchInfo
from explorer.atlas.meaning_index import meanings_of
from explorer.atlas.search import VectorIndex
from explorer.errors import VisitorError
from explorer.model_pool import ModelPool
from explorer.operations.all_names import FILLING, all_names, named, words_of
from explorer.operations.hits import FOUND, MOST, Candidate, Found, Why, best_of, check_limit
from explorer.operations.images import NamedImage
from explorer.operations.read import read

LONGEST = 200  # characters of a text
TOO_LONG = "This text has {length:,} characters: search for at most {longest}; a few words do."
NO_WORDS = "There is no word to search for: type what a picture could show, or #12 for neuron 12."
NO_ENCODER = "This atlas cannot be searched by a picture, for no encoder of it is known: search it by words."

Direction = Float[np.ndarray, " width"]


def search_text(pool: ModelPool, atlas: Atlas, text: str, limit: int = FOUND) -> Found:
    """The neurons whose names say a text, then those whose images are near it.

    Raises:
        VisitorError: if the text has no word, or is too long.
        UserError: if the text tower cannot be loaded.
    """
    check_limit(limit)
    words, search = _words(text), atlas.manifest.search
    sure = named(all_names(atlas), words)
    those = np.flatnonzero(sure > 0)
    direction, unknown = (None, []) if search is None else _direction(pool, atlas, search, words)
    if direction is None:
        surest = those[np.argsort(-sure[those], kind="stable")][:limit].tolist()
        return Found(best_of(atlas, [_names(surest, sure)], limit), False, tuple(unknown))
    called = [one.neuron for one in _near(atlas, direction, MOST, those)]
    hits = best_of(atlas, [_names(called, sure), _near(atlas, direction, 2 * limit)], limit)
    return Found(hits, True, tuple(unknown))


def search_image(pool: ModelPool, atlas: Atlas, image: NamedImage, limit: int = FOUND) -> Found:
    """The neurons that fire on an image, strongest first, then those whose images are like it.

    Raises:
        VisitorError: if the atlas can be asked neither.
        UserError: if a model cannot be loaded.
    """
    check_limit(limit)
    search, groups = atlas.manifest.search, list[list[Candidate]]()
    if atlas.manifest.encoder.library != "none":
        fired = read(pool, atlas, image, min(limit, len(atlas))).neurons
        groups.append([Candidate(one.neuron, "fires", one.activation) for one in fired])
    if search is not None:
        groups.append(_near(atlas, _image_direction(pool, atlas, search, image), 2 * limit))
    if not groups:
        raise VisitorError(NO_ENCODER)
    return Found(best_of(atlas, groups, limit), search is not None)


def search_neuron(atlas: Atlas, number: int, limit: int = FOUND) -> Found:
    """The living neurons whose decoder direction is nearest to a neuron's, then those whose images are.

    Raises:
        VisitorError: if there is no such neuron.
        UserError: if an index is damaged.
    """
    check_limit(limit)
    atlas.neuron(number)  # refuses one that is not there
    groups = [
        _like(atlas, number, directions_of(atlas), "direction", 2 * limit),
        _like(atlas, number, concepts_of(atlas), "images", 2 * limit),
    ]
    return Found(best_of(atlas, groups, limit), False)


def _words(text: str) -> list[str]:
    """The words of a text.

    Raises:
        VisitorError: if it has none of substance, or is too long.
    """
    if len(text) > LONGEST:
        raise VisitorError(TOO_LONG.format(length=len(text), longest=LONGEST))
    words = words_of(text)
    if not set(words) - FILLING:
        raise VisitorError(NO_WORDS)
    return words


def _direction(pool: ModelPool, atlas: Atlas, search: SearchInfo, words: list[str]) -> tuple[Direction | None, list[str]]:
    """Where words lie among the atlas's images, None if the text tower knows none of substance; and those it does not know."""
    reader = pool.text_reader(atlas, search)
    unknown = reader.unknown(list(dict.fromkeys(words)))
    known = [word for word in words if word not in FILLING and word not in unknown]
    unknown = [word for word in unknown if word not in FILLING]
    if not known:
        return None, unknown
    text = " ".join(known if unknown else words)  # in a sentence with gaps the words between them say nothing
    direction = reader.kept(text)
    if direction is None:
        with pool.turns.turn():
            direction = reader.direction(text)
    return direction, unknown


def _image_direction(pool: ModelPool, atlas: Atlas, search: SearchInfo, image: NamedImage) -> Direction:
    from explorer.models.text_reader import image_direction

    meanings, encoder = meanings_of(atlas), pool.image_encoder(atlas, search)
    with pool.turns.turn():
        return image_direction(encoder, image.load(), meanings.centre)


def _names(neurons: list[int], sure: Float[np.ndarray, " neurons"]) -> list[Candidate]:
    return [Candidate(neuron, "name", float(sure[neuron])) for neuron in neurons]


def _near(atlas: Atlas, direction: Direction, count: int, among: Int[np.ndarray, " some"] | None = None) -> list[Candidate]:
    """The neurons whose images are nearest to a direction.

    Raises:
        UserError: if the meanings are damaged, or were not made by the model that gave the direction.
    """
    meanings = meanings_of(atlas)
    if among is not None and len(among) == 0:
        return []
    with atlas.files.parsing(MEANINGS):
        nearest = meanings.nearest(direction, min(count, len(atlas)), among)
    return [Candidate(neuron, "meaning", score) for neuron, score in nearest]


def _like(atlas: Atlas, number: int, index: VectorIndex, why: Why, count: int) -> list[Candidate]:
    """The living neurons whose row in an index is nearest to a neuron's; none where it has no row."""
    alive, row = np.flatnonzero(atlas.fires_on() > 0), index.vector(number)
    if not row.any():
        return []
    found = index.nearest(row[None], min(count + 1, len(atlas)), alive)
    pairs = zip(found.neurons[0].tolist(), found.cosine[0].tolist(), strict=True)
    return [Candidate(other, why, cosine) for other, cosine in pairs if other not in (-1, number)]
