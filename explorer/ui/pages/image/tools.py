"""In which order neurons are listed, and how opaque their heat-maps are: a form whose fields are the address's own."""

from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.operations.read import ORDERS, reads_patches
from explorer.ui.address import FORM
from explorer.ui.pages.image import words
from explorer.ui.pages.image.view import ImageView
from explorer.ui.templates import render


def tools(atlas: Atlas, view: ImageView) -> Markup:
    """The form as the view sets it."""
    options = [("" if order == ORDERS[0] else order, words.ORDERS[order], order == view.order) for order in ORDERS]
    has_heat = reads_patches(atlas)
    return render("pages/image/tools.html", form=FORM, atlas=atlas.name, options=options, has_heat=has_heat, words=words)
