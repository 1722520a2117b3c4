"""The head of a neuron's page: number, name, figures, and the way to the ones before and after."""

import math
from dataclasses import replace
from typing import NamedTuple

from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.atlas.query import Place, Query
from explorer.operations.neighbours import SAME_DIRECTION, SAME_IMAGES, Duplicate
from explorer.operations.neuron import NeuronDetail, Rank
from explorer.ui import text
from explorer.ui.address import link
from explorer.ui.pages.browse.view import effective, write_query
from explorer.ui.pages.neuron import words
from explorer.ui.parts.label import Label, label
from explorer.ui.parts.ms import floor_words, ms_bar
from explorer.ui.parts.numbers import activation, difference, neuron_id, ordinal, percent, score
from explorer.ui.parts.pager import step
from explorer.ui.parts.term import term
from explorer.ui.templates import render

SAME_WHY = words.SAME_WHY.format(direction=SAME_DIRECTION, images=percent(SAME_IMAGES))


class Score(NamedTuple):
    """MS by one similarity encoder."""

    name: Markup
    bar: Markup
    facts: list[Markup]


class Same(NamedTuple):
    """A near-duplicate."""

    href: str
    id: str
    label: Label
    measures: str


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
        duplicates=[_same(atlas, duplicate) for duplicate in detail.neighbours.duplicates],
        scores=[_score(atlas, detail, similarity) for similarity in atlas.similarities],
        stats=_stats(atlas, detail),
        words=words,
        same_why=SAME_WHY,
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


def _same(atlas: Atlas, duplicate: Duplicate) -> Same:
    cosine = None if duplicate.cosine is None else words.SAME_COSINE.format(score(duplicate.cosine))
    shared = None if duplicate.shared is None else words.SAME_SHARED.format(percent(duplicate.shared))
    other = duplicate.neuron
    measures = ", ".join(filter(None, (cosine, shared)))
    return Same(link("neuron", atlas, id=other), neuron_id(other), label(atlas, other), measures)


def _score(atlas: Atlas, detail: NeuronDetail, similarity: str) -> Score:
    ms, floor, facts = detail.summary.ms[similarity], detail.summary.floor[similarity], []
    if floor is not None and not math.isnan(ms):
        facts.append(term(f"floor {score(floor)}, lift {difference(ms - floor)}", floor_words(ms, similarity, floor)))
    if not math.isnan(ms):
        facts.append(_rank(atlas, detail.rank[similarity]))
    name = term(f"MS by {similarity}", f"{text.MS.format(similarity=similarity)} {words.FROM}")
    return Score(name, ms_bar(ms, similarity, floor), facts)


def _rank(atlas: Atlas, rank: Rank | None) -> Markup:
    if rank is None:
        return term("not ranked", words.UNRANKED.format(least=atlas.least_images))
    those = words.RANKED.format(least=atlas.least_images) if atlas.least_images else words.SCORED
    place, among, percentile = ordinal(rank.place), f"{rank.among:,}", ordinal(rank.percentile)
    why = words.RANK.format(place=place, among=among, those=those, percent=f"{rank.percentile:.1f}")
    return term(f"{place} of {among}, {percentile} percentile", why)


def _stats(atlas: Atlas, detail: NeuronDetail) -> list[tuple[Markup, Markup | str]]:
    summary, manifest = detail.summary, atlas.manifest
    images, fires = f"{manifest.dataset.images:,}", f"{detail.fires_on:,}"
    counted = Markup("{} <small>{}</small>").format(percent(summary.density), words.FIRES.format(fires=fires, images=images))
    stats: list[tuple[Markup, Markup | str]] = [
        (term("Fires on", text.DENSITY.format(images=images)), counted),
        (term("Strongest", words.STRONGEST), activation(summary.strongest)),
    ]
    if len(manifest.sae.group_sizes) > 1:
        stats.append((term("Level", text.LEVEL), Markup("{} <small>0 = coarsest</small>").format(summary.level)))
    return stats
