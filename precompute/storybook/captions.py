"""Captions: many phrasings of the same scene; `meaning.py` parses them."""

from itertools import product
from random import Random
from typing import NamedTuple

from precompute.storybook.scene import Bunch, Scene
from precompute.storybook.words import PLACES, WEATHER_WORDS, counted, listing, noun

CAPTION_PROMPTS = ("describe the image.", "what do you see?", "what is shown in this picture?", "write a caption.")
TEMPLATES = (
    "{things} {place}{weather}.",
    "{place}{weather}, there {is_} {things}.",
    "there {is_} {things} {place}{weather}.",
    "a picture of {things} {place}{weather}.",
    "i see {things} {place}{weather}.",
    "look, {things} {place}{weather}!",
)


class Phrasing(NamedTuple):
    """One phrasing of a caption."""

    template: str
    place: int  # number of the setting's phrase, of two
    weather: int | None  # number of the weather's phrase, of two; None: the weather is left out
    sizes: bool  # whether small and big are mentioned
    relation: bool  # whether the relation is mentioned, where the scene has one


PHRASINGS = tuple(Phrasing(*parts) for parts in product(TEMPLATES, (0, 1), (None, 0, 1), (False, True), (False, True)))


def caption(scene: Scene, seed: int) -> str:
    """Return a caption in a random phrasing; the same for the same seed."""
    return phrased(scene, Random(f"caption:{seed}:{scene.seed}").choice(PHRASINGS))


def phrased(scene: Scene, way: Phrasing) -> str:
    """Return the caption of a scene in this phrasing."""
    weather = "" if way.weather is None else f" {WEATHER_WORDS[scene.weather][way.weather]}"
    several = bool(scene.bunches) and scene.bunches[0].count > 1
    return way.template.format(
        things=_things(scene, way), place=PLACES[scene.setting][way.place], weather=weather, is_="are" if several else "is"
    )


def _things(scene: Scene, way: Phrasing) -> str:
    parts = [bunch_words(bunch, way.sizes) for bunch in scene.bunches]
    if way.relation and scene.relation:
        parts[:2] = [f"{parts[0]} {scene.relation} {parts[1]}"]
    return listing(parts)


def bunch_words(bunch: Bunch, sized: bool = False) -> str:
    """Return `two small red boats`; a medium size is never mentioned."""
    size = f"{bunch.size} " if sized and bunch.size != "medium" else ""
    return counted(bunch.count, f"{size}{bunch.colour} {noun(bunch.kind, bunch.count)}")
