"""What the Map page shows, from its address: the colours, and E; where it looks and what is selected is the browser's."""

from dataclasses import dataclass

from explorer.atlas.atlas import Atlas
from explorer.ui.address import Params


@dataclass(frozen=True)
class MapView:
    """One view of the map."""

    colour: str
    """One of `colours`."""
    similarity: str | None
    """E of the MS; the atlas's main one if None."""


def read_view(params: Params, atlas: Atlas) -> MapView:
    """The view that an address asks for; what it does not tell, or nobody knows, is the default."""
    colour, similarity = params.get("colour", ""), params.get("e")
    return MapView(colour if colour in colours(atlas) else "ms", similarity if similarity in atlas.similarities[1:] else None)


def colours(atlas: Atlas) -> list[str]:
    """What this atlas's neurons can be coloured by."""
    levels = ["level"] if len(atlas.manifest.sae.group_sizes) > 1 else []
    return ["ms", "name", *levels, "density", *(["steer"] if atlas.steering_tried else [])]
