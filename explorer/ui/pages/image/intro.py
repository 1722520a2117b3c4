"""The words above the upload, and example pictures from the atlas below it."""

from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.ui.address import link
from explorer.ui.pages.image import words
from explorer.ui.parts.examples import best_images
from explorer.ui.parts.tile import tile
from explorer.ui.templates import render


def intro() -> Markup:
    return render("pages/image/intro.html", words=words)


def examples(atlas: Atlas, chosen: str) -> Markup:
    """Links to the atlas's best images."""
    links = [(link("image", atlas, example=image), image == chosen, tile(atlas, image)) for image in best_images(atlas)]
    return render("pages/image/examples.html", links=links, words=words)
