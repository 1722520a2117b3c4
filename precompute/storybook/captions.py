"""Captions: many ways to say the same scene. What they mean is `meaning.py`."""

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
    """One way to say a scene."""

    template: str
    place: int  # which of the setting's two phrases
    weather: int | None  # which of the weather's two, or unsaid
    sizes: bool  # small and big are said
    relation: bool  # where the scene has one, it is said


PHRASINGS = tuple(Phrasing(*parts) for parts in product(TEMPLATES, (0, 1), (None, 0, 1), (False, True), (False, True)))


def caption(scene: Scene, seed: int) -> str:
    """A caption in a phrasing by lot; the same for the same seed."""
    return phrased(scene, Random(f"caption:{seed}:{scene.seed}").choice(PHRASINGS))


def phrased(scene: Scene, way: Phrasing) -> str:
    """The scene, said in this way."""
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
    """`two small red boats`; a medium size goes without saying."""
    size = f"{bunch.size} " if sized and bunch.size != "medium" else ""
    return counted(bunch.count, f"{size}{bunch.colour} {noun(bunch.kind, bunch.count)}")
