"""The preview of a link to a neuron: title, sentence and picture."""

from urllib.parse import parse_qsl

from starlette.types import Scope

from explorer.errors import UserError
from explorer.ui.context import Context
from explorer.ui.gate.pages import Preview
from explorer.ui.pages.neuron.view import PATH, asked_neuron
from explorer.ui.routes.og_pictures import og_url
from explorer.ui.share.told import told


def preview_of(context: Context, scope: Scope) -> Preview | None:
    """The preview of the page that a request asks for; None of any that is no neuron's."""
    if scope["path"] != f"/{PATH}":
        return None
    try:
        atlas, neuron = asked_neuron(context, dict(parse_qsl(scope["query_string"].decode("latin-1"))))
    except UserError:
        return None
    words = told(atlas, neuron)
    figures = " · ".join(filter(None, [words.ms, words.fires]))
    about = f"A neuron of {atlas.manifest.encoder.name}, in the atlas {atlas.name}: {figures}."
    return Preview(f"{words.id} {words.label.name}", about, og_url(atlas, neuron))
