"""A pair of the study: two grids of pictures, and nothing on the page that tells the neurons apart but what they show."""

from markupsafe import Markup

from explorer.atlas.atlas import Atlas, Library
from explorer.study.design import SHOWN, Candidate
from explorer.study.desk import Turn
from explorer.ui import text
from explorer.ui.thumbs import thumb_url

_STAGE = Markup(
    '<section class="pair"><h1>{question}</h1><div class="sets">{left}{right}</div>'
    '<div class="progress" role="progressbar" aria-valuemin="0" aria-valuemax="{total}" aria-valuenow="{done}"'
    ' aria-label="{answered}"><span style="width: {percent}%"></span></div>'
    '<p class="progress-words" role="status">{answered}</p></section>'
)
_SET = Markup('<div class="set" role="img" aria-label="{label}"><div class="set-grid">{tiles}</div></div>')
_TILE = Markup('<span class="tile"><img src="{src}" alt="" width="{width}" height="{height}" decoding="async"></span>')


def study_pair(library: Library, turn: Turn) -> Markup:
    """The participant's next pair, and how far they are."""
    assert turn.pair is not None
    sides = (turn.pair.first, turn.pair.second) if turn.left == "first" else (turn.pair.second, turn.pair.first)
    left, right = (_set(library, shown, label) for shown, label in zip(sides, (text.STUDY_LEFT, text.STUDY_RIGHT), strict=True))
    answered = text.STUDY_PROGRESS.format(done=turn.done, total=turn.total)
    percent = round(100 * turn.done / turn.total, 1)
    return _STAGE.format(
        question=text.STUDY_QUESTION, left=left, right=right, total=turn.total, done=turn.done, percent=percent, answered=answered
    )


def _set(library: Library, shown: Candidate, label: str) -> Markup:
    atlas = _plain(library, library.atlases[shown.atlas])
    tiles = [_tile(atlas, top.image) for top in library.atlases[shown.atlas].tops(shown.neuron, SHOWN)]
    return _SET.format(label=label, tiles=Markup("").join(tiles))


def _plain(library: Library, atlas: Atlas) -> Atlas:
    """An atlas with the same pictures, the same for both sides: a picture's address must not tell which SAE chose it."""
    stores = ((other.directory.parent / other.manifest.image_store, other) for other in library.atlases.values())
    return next(other for store, other in stores if store == atlas.directory.parent / atlas.manifest.image_store)


def _tile(atlas: Atlas, image: str) -> Markup:
    about = atlas.images.about(image)
    return _TILE.format(src=thumb_url(atlas, image), width=about.width, height=about.height)
