"""The head of a neuron's page: number, name, figures, and the way to the ones before and after."""

import math
from dataclasses import replace

from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.atlas.query import Place, Query
from explorer.operations.neuron import NeuronDetail
from explorer.ui import text
from explorer.ui.address import link
from explorer.ui.pages.browse.view import effective, write_query
from explorer.ui.pages.neuron import words
from explorer.ui.parts.label import label
from explorer.ui.parts.ms import floor_words, ms_bar
from explorer.ui.parts.numbers import activation, difference, neuron_id, ordinal, percent
from explorer.ui.parts.pager import step
from explorer.ui.templates import render


def portrait(atlas: Atlas, detail: NeuronDetail, query: Query) -> Markup:
    """The head; before, after and back follow the order and filters of `query`."""
    neuron = detail.summary.neuron
    query, place = _place(atlas, neuron, query)
    return render(
        "pages/neuron/portrait.html",
        id=neuron_id(neuron),
        label=label(atlas, neuron),
        back=f"./?{write_query(replace(query, page=place.page), atlas)}",
        link=link("neuron", atlas, id=neuron),
        steer=link("steer", atlas, id=neuron) if detail.alpha else None,
        previous=_step("prev", atlas, place.before, query),
        following=_step("next", atlas, place.after, query),
        stats=_stats(atlas, detail),
    )


def _step(rel: str, atlas: Atlas, neuron: int | None, query: Query) -> Markup:
    href = None if neuron is None else f"neuron?{write_query(replace(query, page=0), atlas, id=neuron)}"
    return step(
        rel, href, f"{'Previous' if rel == 'prev' else 'Next'} neuron" + (f" {neuron_id(neuron)}" if neuron is not None else "")
    )


def _place(atlas: Atlas, neuron: int, query: Query) -> tuple[Query, Place]:
    """Its place under `query`; under the same order without filters if it does not match them."""
    for tried in (query, Query(query.sort, query.similarity), Query(query.sort, query.similarity, alive=False)):
        if place := atlas.place(neuron, effective(tried)):
            return tried, place
    raise AssertionError("the last query matches every neuron")


def _stats(atlas: Atlas, detail: NeuronDetail) -> list[tuple[str, str, Markup | str]]:
    summary, manifest, stats = detail.summary, atlas.manifest, []
    for similarity, ms in summary.ms.items():
        value = ms_bar(ms, similarity, summary.floor[similarity]) + _lift(ms, similarity, summary.floor[similarity])
        value += Markup("") if math.isnan(ms) else _rank(atlas, detail.percentile[similarity])
        stats.append((text.MS.format(similarity=similarity), f"MS by {similarity}", value))
    images = f"{manifest.dataset.images:,}"
    stats.append((text.DENSITY.format(images=images), "Fires on", percent(summary.density)))
    stats.append((words.STRONGEST, "Strongest", activation(summary.strongest)))
    if len(manifest.sae.group_sizes) > 1:
        stats.append((text.LEVEL, "Level", Markup("{} <small>0 = coarsest</small>").format(summary.level)))
    return stats


def _lift(ms: float, similarity: str, floor: float | None) -> Markup:
    """How far MS lies above the floor; nothing where either is unknown."""
    if floor is None or math.isnan(ms):
        return Markup("")
    return Markup('<small title="{}">lift {}</small>').format(floor_words(ms, similarity, floor), difference(ms - floor))


def _rank(atlas: Atlas, percentile: float) -> Markup:
    if math.isnan(percentile):
        why = words.UNRANKED.format(least=atlas.least_images)
        return Markup('<small title="{}">not ranked</small>').format(why)
    those = words.RANKED.format(least=atlas.least_images) if atlas.least_images else words.SCORED
    why = words.PERCENTILE.format(percent=f"{percentile:.1f}", those=those)
    return Markup('<small title="{}">{} percentile</small>').format(why, ordinal(percentile))
