"""Several neurons side by side, and how far their top images overlap."""

from collections.abc import Sequence

from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.operations.compare import together
from explorer.ui.address import link
from explorer.ui.pages.compare import words
from explorer.ui.parts.card import card
from explorer.ui.parts.numbers import neuron_id, percent
from explorer.ui.parts.term import term
from explorer.ui.parts.tile import tiles
from explorer.ui.templates import render

TILES = 9


def neurons_together(chosen: Sequence[tuple[Atlas, int]]) -> Markup:
    """The neurons as cards, more images of each, and the overlap of each two.

    Raises:
        VisitorError: if there is none.
    """
    found = together(chosen)
    atlases = {atlas.name: atlas for atlas, _ in chosen}
    columns, heads = [], []
    for name, summary in zip(found.atlases, found.neurons, strict=True):
        atlas, href = atlases[name], link("neuron", atlases[name], id=summary.neuron)
        columns.append((name, card(atlas, summary, href), tiles(atlas, summary.neuron, TILES, href)))
        heads.append(neuron_id(summary.neuron) if len(atlases) == 1 else f"{name} {neuron_id(summary.neuron)}")
    overlap = [(head, [percent(share) for share in row]) for head, row in zip(heads, found.shared.tolist(), strict=True)]
    return render(
        "pages/compare/together.html",
        columns=columns,
        heads=heads,
        overlap=overlap if len(overlap) > 1 else [],
        title=term(words.OVERLAP, words.OVERLAP_WHY),
    )
