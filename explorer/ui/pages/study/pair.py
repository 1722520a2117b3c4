"""A pair of the study: two grids of pictures, and nothing on the page that tells the neurons apart but what they show."""

from markupsafe import Markup

from explorer.atlas.atlas import Library
from explorer.study.design import SHOWN, Candidate
from explorer.study.session import NextPair, Session
from explorer.ui.pages.study import words
from explorer.ui.routes.study_pictures import SIDES, study_picture_url

_STAGE = Markup(
    '<section class="pair"><h1>{question}</h1><div class="sets">{sets}</div>'
    '<div class="progress" role="progressbar" aria-valuemin="0" aria-valuemax="{total}" aria-valuenow="{done}"'
    ' aria-label="{answered}"><span style="width: {percent}%"></span></div>'
    '<p class="progress-words" role="status">{answered}</p></section>'
)
_SET = Markup('<div class="set" role="img" aria-label="{label}"><div class="set-grid">{tiles}</div></div>')
_TILE = Markup('<span class="tile"><img src="{src}" alt="" width="{width}" height="{height}" decoding="async"></span>')
_LABELS = (words.LEFT, words.RIGHT)


def study_pair(library: Library, session: Session, current: NextPair) -> Markup:
    """The participant's next pair, and how far they are."""
    shown = session.sets(current.participant, current.step)
    assert shown is not None
    sets = (_set(library, current, *each) for each in zip(shown, SIDES, _LABELS, strict=True))
    answered = words.PROGRESS.format(done=current.done, total=current.total)
    percent = round(100 * current.done / current.total, 1)
    return _STAGE.format(
        question=words.QUESTION,
        sets=Markup("").join(sets),
        total=current.total,
        done=current.done,
        percent=percent,
        answered=answered,
    )


def _set(library: Library, current: NextPair, shown: Candidate, side: str, label: str) -> Markup:
    atlas = library.atlases[shown.atlas]
    about = [atlas.images.about(top.image) for top in atlas.tops(shown.neuron, SHOWN)]
    tiles = (
        _TILE.format(src=study_picture_url(current.participant, current.step, side, rank), width=image.width, height=image.height)
        for rank, image in enumerate(about)
    )
    return _SET.format(label=label, tiles=Markup("").join(tiles))
