"""A pair of the study: two grids of pictures, and nothing on the page that tells the neurons apart but what they show."""

from functools import lru_cache

from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.atlas.images import Thumbnail
from explorer.study.design import SHOWN, Candidate
from explorer.study.session import Place, Session
from explorer.study.turns import Turn
from explorer.ui.pages.study import words
from explorer.ui.routes.study_pictures import SIDES, study_picture_url
from explorer.ui.templates import render

_LABELS = (words.LEFT, words.RIGHT)


def study_pair(session: Session, place: Place, told: str = "") -> Markup:
    """The participant's pair, and how far they are.

    Args:
        session: whose atlases hold the pictures.
        place: with a turn.
        told: a sentence above it: feedback on practice, or the personal code.
    """
    assert place.turn is not None
    shown = session.sets(place.turn.ticket)
    assert shown is not None
    sets = (_set(session, place.turn, *each) for each in zip(shown, SIDES, _LABELS, strict=True))
    return render(
        "pages/study/pair.html",
        sets=list(sets),
        ticket=place.turn.ticket,
        told=told,
        practice=place.turn.kind == "practice",
        total=place.total,
        done=place.done,
        percent=round(100 * place.done / max(1, place.total), 1),
        progress=words.PROGRESS.format(done=place.done, total=place.total),
        words=words,
    )


def _set(session: Session, turn: Turn, shown: Candidate, side: str, label: str) -> tuple[str, list[tuple[str, Thumbnail]]]:
    """Its name, and address and size of every image in it."""
    about = _about(session.library.atlases[shown.atlas], shown.neuron)
    urls = (study_picture_url(turn.ticket, side, rank) for rank in range(len(about)))
    return label, list(zip(urls, about, strict=True))


@lru_cache(maxsize=4096)
def _about(atlas: Atlas, neuron: int) -> list[Thumbnail]:
    """What is known of the images of a set; every pair is shown to several people."""
    return [atlas.images.about(top.image) for top in atlas.top_images(neuron, SHOWN)]
