"""Which neuron an address asks for."""

from explorer.atlas.atlas import Atlas
from explorer.errors import VisitorError
from explorer.ui import text
from explorer.ui.address import Params, read_number
from explorer.ui.context import Context

PATH = "neuron"


def asked_neuron(context: Context, params: Params) -> tuple[Atlas, int]:
    """The atlas and the neuron's number.

    Raises:
        UserError: if there is no such atlas, or it has no such neuron.
    """
    atlas, number = context.atlas(params), read_number(params, "id")
    if number is None or number >= len(atlas):
        raise VisitorError(text.BAD_NEURON.format(last=f"{len(atlas) - 1:,}"))
    return atlas, number
