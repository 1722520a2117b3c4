"""The words at the head of the Steer page: what it does, or why it cannot."""

from markupsafe import Markup

from explorer.atlas.library import Library
from explorer.atlas.steerable import can_steer
from explorer.ui.address import link
from explorer.ui.pages.steer import words
from explorer.ui.pages.steer.view import PATH
from explorer.ui.parts.notice import empty, no_atlas, notice
from explorer.ui.templates import render

_LINK = Markup('<a class="action" href="{}">{}</a>')


def intro() -> Markup:
    return render("pages/steer/intro.html", words=words)


def why_not(library: Library, name: str, has_model: bool, why: str) -> Markup:
    """Why nothing can be steered here, and the way to where it can.

    Args:
        asked: the name of the atlas that was asked for.
        has_model: whether a vision-language model is set.
        why: the sentence for it.
    """
    if not library.atlases:
        return no_atlas(library.problems)
    atlas = library.atlases.get(name)
    if atlas is None:
        return notice(why)
    if not can_steer(atlas):
        return empty(words.NOT_HERE, why, _those_that_can(library))
    if not has_model:
        return empty(words.NOT_HERE, why, Markup("<pre><code>{}</code></pre>").format(words.NO_MODEL_HOW))
    return notice(why) + Markup("<p>{}</p>").format(_LINK.format(link(PATH, atlas), words.AGAIN))


def _those_that_can(library: Library) -> Markup:
    able = [atlas for atlas in library.atlases.values() if can_steer(atlas)]
    links = [_LINK.format(link(PATH, atlas), words.WITH.format(atlas=atlas.name)) for atlas in able]
    how = Markup("<pre><code>{}</code></pre>").format(words.MAKE_ATLAS_HOW)
    return Markup("").join(Markup("<p>{}</p>").format(link) for link in links) or how
