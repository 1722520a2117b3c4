"""The neurons beside one: nearest in direction, and firing on the same images."""

from collections.abc import Iterable

from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.ui import text
from explorer.ui.components.card import mini_card
from explorer.ui.components.numbers import percent, score
from explorer.ui.view import usual, write_query

SHOWN = 6


def neighbours(atlas: Atlas, neuron: int) -> Markup:
    """Both lists, closest first."""
    row = atlas.neuron(neuron)
    nearest = zip(row["nearest"], map(score, row["nearest_cosine"]), strict=True)
    cofiring = zip(row["cofiring"], map(percent, row["cofiring_share"]), strict=True)
    return _list(atlas, "Nearest", nearest, "cosine {}", text.COSINE, text.NO_SIMILAR) + _list(
        atlas, "Fire together", cofiring, "{} shared", text.COFIRING, text.NO_COFIRING
    )


def _list(atlas: Atlas, title: str, found: Iterable[tuple[int, str]], unit: str, what: str, none: str) -> Markup:
    minis = [
        mini_card(atlas, int(other), f"neuron?{write_query(usual(atlas), atlas, id=int(other))}", unit.format(number), what)
        for other, number in list(found)[:SHOWN]
    ]
    body = Markup("").join(minis) if minis else Markup('<p class="quiet-text">{}</p>').format(none)
    return Markup('<section class="near"><h2 title="{}">{}</h2>{}</section>').format(what, title, body)
