"""What ships: the built-in atlases open, their model loads and is the one they were made with, and it all is small."""

from pathlib import Path

import numpy as np
import pytest

from explorer.atlas.atlas import Atlas, Query, open_library
from explorer.models.firing import load_firing
from explorer.settings import Settings
from precompute.storybook.__main__ import ATLASES, SCORED
from precompute.storybook.draw.render import render
from precompute.storybook.sample import sample_scene

ASSETS = Path(__file__).resolve().parents[1] / "assets"


def test_the_explorer_opens_with_the_built_in_atlases(monkeypatch, tmp_path):
    monkeypatch.delenv("MONOSCOPE_ATLASES", raising=False)
    library = open_library(Settings.from_environment().atlases)
    assert library.problems == []
    assert next(iter(library.atlases)) == "storybook"
    assert set(ATLASES) <= set(library.atlases)


@pytest.mark.parametrize("name", ATLASES)
def test_its_model_fires_what_the_atlas_says(name):
    """Scenes rendered anew from their seeds fire their neurons as strongly as the atlas has it."""
    from PIL import Image

    atlas = Atlas(ASSETS / "storybook" / "atlases" / name)
    firing = load_firing(atlas)  # refuses weights that are not the ones it was made with
    for neuron in atlas.page(Query(images=6, size=3)).neurons:
        top = atlas.tops(neuron)[0]
        seed = int(atlas.images.about(top.image).key.removeprefix("train-").removesuffix(".png"))
        assert seed in SCORED
        fired = {f.neuron: f for f in firing.fired(Image.fromarray(render(sample_scene(seed)).image), limit=len(atlas))}
        assert fired[neuron].activation == pytest.approx(top.activation, rel=1e-2)


@pytest.mark.parametrize("name", ATLASES)
def test_every_picture_it_shows_is_there(name):
    atlas = Atlas(ASSETS / "storybook" / "atlases" / name)
    shown = {top.image for neuron in range(len(atlas)) for band in atlas.bands(neuron) for top in atlas.tops(neuron, band=band)}
    assert len(shown) > 500
    assert all(image in atlas.images for image in shown)


def test_the_best_neurons_are_of_one_setting_and_the_worst_are_not():
    """Against the truth of the scenes: the label is the setting that was drawn."""
    atlas = Atlas(ASSETS / "storybook" / "atlases" / "storybook")
    ranked = atlas.page(Query(images=6, size=len(atlas))).neurons
    share = atlas.neurons["label_share"].to_numpy()
    assert np.mean(share[ranked[:40]]) > 0.8
    assert np.mean(share[ranked[:40]]) > np.mean(share[ranked[-40:]]) + 0.1


def test_all_assets_together_are_small():
    assert sum(path.stat().st_size for path in ASSETS.rglob("*") if path.is_file()) < 60e6
