"""A pair of the study: two grids of pictures, and nothing on the page that tells the neurons apart but what they show."""

from markupsafe import Markup

from explorer.atlas.images import Thumbnail
from explorer.atlas.library import Library
from explorer.study.design import SHOWN, Candidate
from explorer.study.session import NextPair, Session
from explorer.ui.pages.study import words
from explorer.ui.routes.study_pictures import SIDES, study_picture_url
from explorer.ui.templates import render

_LABELS = (words.LEFT, words.RIGHT)


def study_pair(library: Library, session: Session, current: NextPair) -> Markup:
    """The participant's next pair, and how far they are."""
    shown = session.sets(current.participant, current.step)
    assert shown is not None
    sets = (_set(library, current, *each) for each in zip(shown, SIDES, _LABELS, strict=True))
    return render(
        "pages/study/pair.html",
        sets=list(sets),
        total=current.total,
        done=current.done,
        percent=round(100 * current.done / current.total, 1),
        progress=words.PROGRESS.format(done=current.done, total=current.total),
        words=words,
    )


def _set(library: Library, current: NextPair, shown: Candidate, side: str, label: str) -> tuple[str, list[tuple[str, Thumbnail]]]:
    """Its name, and address and size of every image in it."""
    atlas = library.atlases[shown.atlas]
    about = [atlas.images.about(top.image) for top in atlas.top_images(shown.neuron, SHOWN)]
    urls = (study_picture_url(current.participant, current.step, side, rank) for rank in range(len(about)))
    return label, list(zip(urls, about, strict=True))
