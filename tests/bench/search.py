"""How well a word finds neurons in the built-in atlases, judged by the known truth of new scenes.

    python -m tests.bench.search --json

A word is the name of a kind, colour or setting; it counts where some neuron that fires on 16 scenes or more has a focus of .8 or
more on it (`precompute.storybook.evaluate.focus`). `search_recall5`: share of the words for which such a neuron is among the
first five that are found, over all atlases together; `search_precision5`: the share of such neurons among the first five. The
same with `_meaning`: without names, by the neurons' images alone. `search_ms`: median time of a search for a new word.
"""

import json
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tyro
from jaxtyping import Bool

from explorer.atlas.atlas import Atlas
from explorer.atlas.ranking import LEAST_IMAGES
from explorer.model_pool import ModelPool
from explorer.models.neuron_reader import load_neuron_reader
from explorer.operations.search import search_text
from precompute.storybook.evaluate.focus import FOCUSED, focus
from precompute.storybook.evaluate.scenes import ATTRIBUTES, Scenes, draw_scenes, family
from precompute.storybook.evaluate.truth import read_scenes

STORYBOOK = Path(__file__).resolve().parents[2] / "assets" / "storybook" / "atlases"
ATLASES = ("storybook", "storybook-patches", "storybook-batchtopk")  # no dimension of the baseline is focused on one thing
FAMILIES = ("kind", "colour", "setting")
SCENES, WORKERS = 3000, 2
FIRST = 5


@dataclass(frozen=True)
class Bench:
    """Search for every word that some neuron stands for."""

    json: bool = False
    """One line of JSON."""


class Searched(NamedTuple):
    """One word in one atlas."""

    atlas: str
    word: str
    right: float  # share of right neurons among the first five
    right_by_meaning: float  # of those found by their images alone
    ms: float


def main(ask: Bench) -> None:
    scenes, pool = draw_scenes(SCENES, WORKERS), ModelPool()
    searched = [one for name in ATLASES for one in search_all(Atlas(STORYBOOK / name), scenes, pool)]
    if not ask.json:
        for one in searched:
            if one.right == 0:
                print(f"{one.atlas}: no neuron for {one.word} among the first {FIRST}")
    print(json.dumps(figures(searched)))


def figures(searched: list[Searched]) -> dict[str, float]:
    """The figures over all words and atlases."""
    right, by_meaning = (np.array([getattr(one, name) for one in searched]) for name in ("right", "right_by_meaning"))
    found = {
        "search_recall5": (right > 0).mean(),
        "search_precision5": right.mean(),
        "search_recall5_meaning": (by_meaning > 0).mean(),
        "search_precision5_meaning": by_meaning.mean(),
        "search_ms": np.median([one.ms for one in searched]),
        "search_words": len(searched),
    }
    return {name: round(float(value), 4) for name, value in found.items()}


def search_all(atlas: Atlas, scenes: Scenes, pool: ModelPool) -> list[Searched]:
    """Every word that a neuron of the atlas stands for."""
    search_text(pool, atlas, "picture")  # loads the text tower
    tested = [number for number, name in enumerate(ATTRIBUTES) if family(name) in FAMILIES]
    right_sa = _right(atlas, scenes, tested)
    names = [ATTRIBUTES[number] for number in tested]
    return [_searched(pool, atlas, names[a], right_sa[:, a]) for a in np.flatnonzero(right_sa.any(0)).tolist()]


def _right(atlas: Atlas, scenes: Scenes, tested: list[int]) -> Bool[np.ndarray, "s a"]:
    """Which neurons stand for which of the tested attributes."""
    codes = read_scenes(load_neuron_reader(atlas), scenes.images).scenes
    fires = np.bincount(codes.neurons[codes.values > 0].numpy(), minlength=len(atlas))
    return (np.nan_to_num(focus(codes, scenes.truth[:, tested])) >= FOCUSED) & (fires >= LEAST_IMAGES)[:, None]


def _searched(pool: ModelPool, atlas: Atlas, attribute: str, right_s: Bool[np.ndarray, " s"]) -> Searched:
    begun, word = time.perf_counter(), attribute.partition(":")[2]
    hits = search_text(pool, atlas, word).hits
    ms = 1000 * (time.perf_counter() - begun)
    by_meaning = search_text(pool, nameless(atlas), word).hits
    shares = (right_s[[hit.summary.neuron for hit in found[:FIRST]]].sum() / FIRST for found in (hits, by_meaning))
    return Searched(atlas.name, word, *(float(share) for share in shares), ms)


@lru_cache
def nameless(atlas: Atlas) -> Atlas:
    """The same atlas, opened again without names and labels; its text tower, that of the first, knows which names there are."""
    bare = Atlas(atlas.directory)
    bare.neurons = bare.neurons.assign(label_share=0.0, steerability=np.nan, name_score=np.nan)
    return bare


if __name__ == "__main__":
    main(tyro.cli(Bench))
