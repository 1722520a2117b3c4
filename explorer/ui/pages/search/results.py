"""What a search found: cards in groups, one for each reason."""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.atlas.steerable import can_steer
from explorer.operations.all_names import common_names
from explorer.operations.hits import Found, Hit
from explorer.operations.own_concept import images_found
from explorer.ui.address import link
from explorer.ui.pages.search import words
from explorer.ui.parts.card import card
from explorer.ui.parts.notice import empty, notice
from explorer.ui.parts.numbers import activation, score
from explorer.ui.parts.term import term
from explorer.ui.templates import render

SUGGESTED = 8  # words
SKELETON = render("pages/search/skeleton.html")


class Group(NamedTuple):
    """The hits of one reason."""

    title: Markup
    cards: list[tuple[Markup, str]]  # card, and how well it fits


def results(atlas: Atlas, found: Found, asked: str, word: str = "", steers: bool = False) -> Markup:
    """The hits, what to know of them, or a way on where there is none.

    Args:
        asked: what was searched for, as it stands in a sentence.
        word: the words alone, where it was words.
        steers: whether there is a vision-language model to steer along the images that were found.
    """
    notes = _notes(atlas, found)
    if not found.hits:
        return notes + empty(words.NOTHING, words.NOTHING_WHY, suggestions(atlas))
    line = (words.ONE if len(found.hits) == 1 else words.MANY).format(count=len(found.hits), asked=asked)
    groups = [_group(atlas, list(hits)) for _, hits in groupby(found.hits, key=lambda hit: hit.why)]
    steer = _steer(atlas, found, word) if steers and can_steer(atlas) else ""
    return render("pages/search/results.html", line=line, notes=notes, groups=groups, steer=steer, words=words)


def _steer(atlas: Atlas, found: Found, word: str) -> str:
    """Where the images of the first hits are steered by, as a concept; "" where they have none, as dead neurons."""
    images = images_found(atlas, found.hits)
    return link("steer", atlas, concept=".".join(images), word=word) if images else ""


def suggestions(atlas: Atlas) -> Markup:
    """Links to searches that find something: the commonest names of the atlas."""
    links = [(name, link("search", atlas, q=name)) for name in common_names(atlas, SUGGESTED)]
    return render("pages/search/suggestions.html", links=links, browse=link("./", atlas))


def _group(atlas: Atlas, hits: Sequence[Hit]) -> Group:
    title, meaning = words.GROUPS[hits[0].why]
    return Group(term(title, meaning), [(_card(atlas, hit), _score(hit)) for hit in hits])


def _card(atlas: Atlas, hit: Hit) -> Markup:
    return card(atlas, hit.summary, link("neuron", atlas, id=hit.summary.neuron))


def _score(hit: Hit) -> str:
    write = activation if hit.why == "fires" else score
    return words.SCORES[hit.why].format(score=write(hit.score))


def _notes(atlas: Atlas, found: Found) -> Markup:
    if found.unknown_words:
        unknown = ", ".join(f"“{word}”" for word in found.unknown_words)
        it = "it" if len(found.unknown_words) == 1 else "them"
        return notice((words.UNKNOWN if found.by_meaning else words.UNKNOWN_ALL).format(words=unknown, it=it))
    compared = {"direction", "images", "fires"} & {hit.why for hit in found.hits}
    if atlas.manifest.search is None and not compared:
        return notice(words.NAMES_ALONE)
    return Markup("")
