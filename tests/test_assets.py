"""What ships: the built-in atlases open, their model loads and is the one they were made with, and it all is small."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from explorer.atlas.atlas import Atlas
from explorer.atlas.library import open_library
from explorer.atlas.manifest import FITS
from explorer.atlas.query import Query
from explorer.errors import UserError
from explorer.models.neuron_reader import load_neuron_reader
from explorer.models.steering.steerer import load_steerer
from explorer.settings import Settings
from precompute.storybook.__main__ import ATLASES, SCORED
from precompute.storybook.draw.render import render
from precompute.storybook.evaluate.kind_tree import scene_of
from precompute.storybook.evaluate.scenes import draw_scenes
from precompute.storybook.evaluate.truth import evaluate
from precompute.storybook.kinds import KINDS
from precompute.storybook.learn.exam import examine
from tests.bench.storybook import steering

ASSETS = Path(__file__).resolve().parents[1] / "assets"


def test_the_explorer_opens_with_the_built_in_atlases(monkeypatch, tmp_path):
    monkeypatch.delenv("MONOSCOPE_ATLASES", raising=False)
    library = open_library(Settings.from_environment().atlases)
    assert library.problems == []
    assert next(iter(library.atlases)) == "storybook"
    assert set(ATLASES) <= set(library.atlases)


@pytest.mark.parametrize("name", ATLASES)
def test_every_file_is_the_one_that_the_manifest_lists(name):
    atlas = Atlas(ASSETS / "storybook" / "atlases" / name)
    assert all(atlas.files.path(listed).is_file() for listed in atlas.files.listed)
    assert set(atlas.manifest.images) <= {path.name for path in atlas.images.directory.iterdir()}
    assert len(atlas.images) >= len({top.image for neuron in range(len(atlas)) for top in atlas.top_images(neuron)})


@pytest.mark.parametrize("name", ATLASES)
def test_its_model_fires_what_the_atlas_says(name):
    """Scenes rendered anew from their seeds fire their neurons as strongly as the atlas has it."""
    from PIL import Image

    atlas = Atlas(ASSETS / "storybook" / "atlases" / name)
    reader = load_neuron_reader(atlas)  # refuses weights that are not the ones it was made with
    for neuron in atlas.page(Query(images=6, size=3)).neurons:
        top = atlas.top_images(neuron)[0]
        scene = scene_of(atlas.images.about(top.image).key)
        assert scene is not None
        assert scene.seed in SCORED
        fired = {f.neuron: f for f in reader.read(Image.fromarray(render(scene).image), limit=len(atlas))}
        assert fired[neuron].activation == pytest.approx(top.activation, rel=1e-2)


@pytest.mark.parametrize("name", ATLASES)
def test_every_picture_it_shows_is_there(name):
    atlas = Atlas(ASSETS / "storybook" / "atlases" / name)
    shown = {
        top.image for neuron in range(len(atlas)) for band in atlas.bands(neuron) for top in atlas.top_images(neuron, band=band)
    }
    assert len(shown) > 500
    assert all(image in atlas.images for image in shown)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["storybook", "storybook-patches"])
def test_every_kind_colour_and_setting_has_a_neuron_of_its_own(name):
    """Against the truth of fresh scenes; that no neuron is focused by chance is what the atlas without an SAE shows."""
    scenes = draw_scenes(2000, workers=2)
    atlas, baseline = (Atlas(ASSETS / "storybook" / "atlases" / told) for told in (name, "storybook-baseline"))
    truth = evaluate(atlas, load_neuron_reader(atlas), scenes)
    found = truth.coverage.set_index("family")["share"]
    assert found.loc[["kind", "colour", "setting"]].min() >= 0.9
    assert truth.whole["share_focused"].item() >= {"storybook": 0.5, "storybook-patches": 0.3}[name]
    assert evaluate(baseline, load_neuron_reader(baseline), scenes).whole["share_focused"].item() <= 0.02


def test_names_from_images_are_the_truth_s():
    """Where a name is shown, most of the neuron's top scenes have what it says."""
    atlas = Atlas(ASSETS / "storybook" / "atlases" / "storybook-patches")
    assert atlas.manifest.names is not None
    assert atlas.manifest.names.calibrated, "described by an earlier version: `make storybook` names the neurons again"
    frame = atlas.neurons[
        (atlas.neurons["name_score"] >= FITS) & (atlas.fires_on() >= 16) & atlas.neurons["name"].isin(list(KINDS))
    ]
    shares = []
    for neuron, name in frame[["neuron", "name"]].itertuples(index=False):
        scenes = [scene_of(atlas.images.about(top.image).key) for top in atlas.top_images(neuron)]
        shares.append(np.mean([scene is not None and name in {bunch.kind for bunch in scene.bunches} for scene in scenes]))
    assert len(shares) >= 20
    assert np.mean(np.array(shares) > 0.5) > 0.9


@pytest.mark.slow
def test_the_models_see_and_say_what_is_there():
    """A fifth of the model card's exam, whose figures `tests.bench.storybook` recomputes."""
    marks = examine(ASSETS / "storybook" / "models", range(5_000_000, 5_000_200))
    assert marks.caption_exact >= 0.88  # a hundred scenes; on five hundred it is 0.92
    assert marks.qa_accuracy >= 0.94
    assert marks.retrieval_r1 >= 0.97
    assert marks.instructed_form >= 0.97
    assert marks.instructed_things >= 0.97


@pytest.mark.slow
def test_steering_on_scenes_that_nobody_has_seen():
    """The ten most steerable neurons of kinds, raised as far as answers read well: on ten empty scenes the model speaks of their
    kind in eight or more, but for one neuron; lowered on ten scenes with it, it stops in eight or more.
    """
    atlas = Atlas(ASSETS / "storybook" / "atlases" / "storybook-patches")
    steered = steering(atlas, load_steerer(atlas, str(ASSETS / "storybook" / "models" / "storybook-llava")))
    assert len(steered) == 10
    assert min(removed for _, _, removed in steered.values()) >= 8, steered
    assert sum(inserted >= 8 for _, inserted, _ in steered.values()) >= 9, steered


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "tokenizer.json"])
def test_a_damaged_or_missing_model_says_which_and_how_to_rebuild(name, tmp_path):
    models = tmp_path / "models"
    shutil.copytree(ASSETS / "storybook" / "models", models)
    atlas = Atlas(ASSETS / "storybook" / "atlases" / "storybook-patches")
    path = models / "storybook-llava" / name
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(UserError, match=r"storybook-llava.*make storybook"):
        load_steerer(atlas, str(models / "storybook-llava"))
    shutil.rmtree(models / "storybook-llava")
    with pytest.raises(UserError, match=r"storybook-llava.*make storybook"):
        load_steerer(atlas, str(models / "storybook-llava"))


def test_all_assets_together_are_small():
    assert sum(path.stat().st_size for path in ASSETS.rglob("*") if path.is_file()) < 60e6
