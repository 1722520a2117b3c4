"""What the Search page is asked, to and from its address."""

from dataclasses import dataclass

from explorer.ui.address import Params, read_number


@dataclass(frozen=True)
class View:
    """One of these; an image goes before a neuron, and that before words."""

    text: str = ""
    neuron: int | None = None
    image: str = ""
    """Content hash of one of the atlas's images."""


def read_view(params: Params) -> View:
    """What an address asks for; "#12" as words means neuron 12."""
    words = " ".join(params.get("q", "").split())
    number = read_number({"q": words}, "q") if words.startswith("#") else None
    if image := params.get("image", ""):
        return View(image=image)
    if (neuron := read_number(params, "neuron")) is not None:
        return View(neuron=neuron)
    return View(neuron=number) if number is not None else View(words)
