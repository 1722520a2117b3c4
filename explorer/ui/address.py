"""Addresses: any view of a page is a link; what their query strings say, to and from, as far as several pages need it.

Addresses come from anyone: whatever is not understood is left out, never an error. Gradio reads `page` and `deep_link` of an
address itself: never use those.
"""

from collections.abc import Mapping
from math import isfinite
from urllib.parse import urlencode

import gradio as gr

from explorer.atlas.atlas import Atlas

FORM = "filters"  # id of the one form on a page whose fields are the address's own; assets/js knows it

Params = Mapping[str, str]


def address(request: gr.Request) -> dict[str, str]:
    """The query of the address in the visitor's browser, now."""
    return {str(name): str(value) for name, value in request.query_params.items()}


def link(path: str, atlas: Atlas, **fields: object) -> str:
    """The address of a view of the page at `path`; an empty field stands for its default."""
    return f"{path}?{urlencode({'atlas': atlas.name, **fields})}"


def read_number(params: Params, name: str) -> int | None:
    """A whole number ≥ 0 from an address, or None for anything else."""
    text = params.get(name, "").removeprefix("#")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def read_float(params: Params, name: str, default: float) -> float:
    """A finite number from an address, or the default for anything else."""
    try:
        value = float(params.get(name, "")[:24])
    except ValueError:
        return default
    return value if isfinite(value) else default
