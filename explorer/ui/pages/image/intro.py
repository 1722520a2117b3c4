"""The words at the top, and example pictures from the atlas below each upload."""

from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.operations.first_questions import best_images
from explorer.ui.address import link
from explorer.ui.pages.image import words
from explorer.ui.pages.image.view import PATH
from explorer.ui.parts.tile import tile
from explorer.ui.templates import render


def intro() -> Markup:
    return render("pages/image/intro.html", words=words)


def examples(atlas: Atlas, chosen: str) -> Markup:
    """Links to the atlas's best images."""
    links = [(link(PATH, atlas, example=image), image == chosen, tile(atlas, image)) for image in best_images(atlas)]
    return render("pages/image/examples.html", links=links, view="", title=words.EXAMPLES)


def second_examples(atlas: Atlas, chosen: str) -> Markup:
    """The same images, to compare the picture with."""
    links = [(link(PATH, atlas, example2=image), image == chosen, tile(atlas, image)) for image in best_images(atlas)]
    return render("pages/image/examples.html", links=links, view="merge", title=words.SECOND_EXAMPLES)
