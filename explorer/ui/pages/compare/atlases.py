"""Two atlases side by side: the choice of them, their figures, best and worst neurons, and counterparts."""

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.operations.browse import NeuronSummary
from explorer.operations.compare import Comparison, Side
from explorer.ui import text
from explorer.ui.address import FORM, link
from explorer.ui.pages.compare import words
from explorer.ui.parts.card import card
from explorer.ui.parts.notice import notice
from explorer.ui.parts.numbers import percent, score
from explorer.ui.parts.term import term
from explorer.ui.templates import render

Pair = tuple[Atlas, Atlas]


class Row(NamedTuple):
    """A neuron and its counterpart."""

    card: Markup
    likeness: str
    other: Markup | None


def chooser(names: Sequence[str], left: str, right: str) -> Markup:
    """The two menus."""
    return render("pages/compare/chooser.html", form=FORM, names=names, left=left, right=right, words=words)


def differences(pair: Pair, found: Comparison) -> Markup:
    """What may not be compared, and why; nothing where all may."""
    left, right = found.sides
    notes = Markup("")
    if found.similarity is None:
        notes += notice(words.OTHER_E.format(left=left.similarity, right=right.similarity))
    if not found.same_images:
        one, other = (atlas.manifest.dataset.name for atlas in pair)
        notes += notice(words.OTHER_IMAGES.format(left=one, right=other))
    return notes


def figures(pair: Pair, found: Comparison) -> Markup:
    """The table of figures."""
    told = zip(words.FIGURES.items(), *map(_told, found.sides), strict=True)
    return render(
        "pages/compare/figures.html",
        heads=[(atlas.name, link("./", atlas)) for atlas in pair],
        rows=[(term(name, meaning), one, other) for (name, meaning), one, other in told],
    )


def curves_title(found: Comparison) -> Markup:
    """The heading of the curves."""
    similarities = " and ".join(dict.fromkeys(side.similarity for side in found.sides))
    why = words.CURVES_WHY.format(similarity=similarities)
    return Markup('<h2 class="side-title">{}</h2><p class="quiet-text">{}</p>').format(words.CURVES, why)


def neurons(pair: Pair, found: Comparison) -> Markup:
    """Best and worst of both, and counterparts."""
    left, right = pair
    rows = [
        Row(_card(left, one.neuron), _likeness(found, one.likeness), _card(right, one.other) if one.other else None)
        for one in found.counterparts
    ]
    extremes = [
        (
            title,
            why,
            [(side.atlas, _cards(atlas, getattr(side, of), side)) for side, atlas in zip(found.sides, pair, strict=True)],
        )
        for title, why, of in ((words.BEST, words.BEST_WHY, "best"), (words.WORST, words.WORST_WHY, "worst"))
    ]
    why = words.COUNTERPARTS_WHY[found.measure].format(left=left.name, right=right.name)
    return render("pages/compare/neurons.html", extremes=extremes, rows=rows, why=why, words=words)


def _told(side: Side) -> list[str]:
    """The figures, written, in the order of words.FIGURES."""
    ms = (side.best_ms, side.mean_ms, side.floor)
    return [
        side.encoder,
        side.tap,
        text.SAE_KINDS.get(side.sae, side.sae),
        f"{side.neurons:,}",
        f"{side.images:,}",
        *("–" if value is None else score(value) for value in ms),
        "–" if side.r2 is None else percent(side.r2),
        f"{side.l0:.1f}",
        f"{side.dead:,}",
        f"{side.alike_pairs:,}",
    ]


def _cards(atlas: Atlas, summaries: Sequence[NeuronSummary], side: Side) -> list[Markup]:
    return [_card(atlas, summary, side.similarity) for summary in summaries]


def _card(atlas: Atlas, summary: NeuronSummary, similarity: str | None = None) -> Markup:
    return card(atlas, summary, link("neuron", atlas, id=summary.neuron), similarity)


def _likeness(found: Comparison, likeness: float) -> str:
    if found.measure == "images":
        return words.SHARED.format(share=percent(likeness)) if likeness else words.NO_COUNTERPART
    return words.COSINE.format(score=score(likeness))
