"""The picture, or the two that are compared: room for a heat-map over each, and its patches to choose from."""

from typing import NamedTuple

from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.atlas.library import Library
from explorer.operations.read import Grid, reads_patches
from explorer.ui.address import link
from explorer.ui.pages.image import words
from explorer.ui.pages.image.pictures import Picture
from explorer.ui.pages.image.view import PATH, ImageView
from explorer.ui.parts.heat import seen_region
from explorer.ui.templates import render


class Figure(NamedTuple):
    """One picture as it is drawn."""

    picture: Picture
    ratio: float
    seen: str  # CSS that lays something over the part that the encoder saw


def figures(atlas: Atlas, shown: list[Picture], grid: Grid | None) -> Markup:
    """The pictures; their heat-maps come with the neurons.

    Args:
        grid: of their patches; None where there are none, or it is not known yet.
    """
    crop = atlas.manifest.tap.crop
    drawn = [Figure(one, one.width / one.height, seen_region(one.width, one.height, crop, whole=True)) for one in shown]
    return render("pages/image/figures.html", figures=drawn, grid=grid, words=words)


def below(library: Library, atlas: Atlas, view: ImageView, two: bool) -> Markup:
    """What the heat-map shows, how to choose a region, and the ways to other pictures."""
    patches = reads_patches(atlas)
    return render(
        "pages/image/below.html",
        two=two,
        patches=patches,
        elsewhere=None if patches else _with_patches(library, view.example),
        alone=link(PATH, atlas, example2=""),
        words=words,
    )


def _with_patches(library: Library, example: str) -> tuple[str, str] | None:
    """Name and address of an atlas that tells where its neurons fire; with the same picture, where it has that."""
    for name, atlas in library.atlases.items():
        if reads_patches(atlas) and atlas.manifest.encoder.library != "none":
            return name, link(PATH, atlas, **({"example": example} if example in atlas.images else {}))
    return None
