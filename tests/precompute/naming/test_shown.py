"""Mean images by hand; and what `describe` leaves for searching, also when it is killed."""

import shutil

import numpy as np
import pytest
import torch

from explorer.atlas import format as atlas_format
from explorer.atlas.atlas import Atlas
from explorer.atlas.format import replace_meanings
from explorer.atlas.manifest import MEANINGS
from explorer.atlas.meanings import read_meanings
from explorer.models.encoders.loading import load_texts
from precompute.naming.shown import Shown, embed_shown, mean_images
from precompute.naming.spaces import Space, of_model
from tests.making import Making, make_atlas
from tests.precompute.making import BUILT_IN


def test_mean_images_by_hand():
    """Images at (1, 0), (0, 1) and (−1, 0); a neuron of the first two, 1 and ½ strong; one of the last; one of none."""
    images = torch.tensor([[1.0, 0], [0, 1], [-1, 0]])
    sets, weights = torch.tensor([[0, 1], [2, 0], [0, 0]]), torch.tensor([[1, 0.5], [1, 0], [0, 0]])
    assert np.allclose(mean_images(Shown(images, torch.zeros(2), sets, weights)), [[2 / 3, 1 / 3], [-1, 0], [0, 0]])


def test_images_are_centred_and_weighted_as_the_formula_says(library):
    """With an embedding made up for each image: neuron by neuron."""
    atlas, made_up = library.atlases["drawings"], {}

    def embed(images):
        made_up.update({image: np.random.default_rng(int(image[:8], 16)).normal(size=6) for image in images})
        return torch.tensor(np.stack([made_up[image] for image in images]))

    shown = embed_shown(atlas, Space("made up", ["a"], torch.ones(1, 6), embed))
    assert shown is not None
    unit = {image: vector / np.linalg.norm(vector) for image, vector in made_up.items()}
    centre = np.mean(list(unit.values()), axis=0)
    assert np.allclose(shown.centre_e, centre, atol=1e-5)
    means = mean_images(shown)
    for neuron in range(len(atlas)):
        tops = atlas.top_images(neuron, 10**6)
        weight = sum(top.activation for top in tops)
        mean = sum((top.activation * (unit[top.image] - centre) for top in tops), np.zeros(6)) / (weight or 1)
        assert np.allclose(means[neuron], mean, atol=1e-4)


@pytest.fixture
def atlas(tmp_path):
    return Atlas(make_atlas(tmp_path, Making(meanings=12, library="transformers")))


@pytest.mark.parametrize("writes", [0, 1, 2])
def test_killed_it_is_an_atlas_with_the_old_meanings_or_none(atlas, monkeypatch, writes):
    """After so many of its files were put in place."""
    search, before = atlas.manifest.search, read_meanings(atlas.directory / MEANINGS, len(atlas), 12)
    replace, done = atlas_format.os.replace, []

    def replaces(*paths):
        if len(done) == writes:
            raise KeyboardInterrupt
        done.append(replace(*paths))

    monkeypatch.setattr(atlas_format.os, "replace", replaces)
    with pytest.raises(KeyboardInterrupt):
        replace_meanings(atlas.directory, search, np.ones((len(atlas), 12)), np.ones(12))
    monkeypatch.undo()
    again = Atlas(atlas.directory)
    if again.manifest.search is not None:
        again.files.path(MEANINGS)
        kept = read_meanings(atlas.directory / MEANINGS, len(atlas), 12)
        assert np.array_equal(kept.neurons, before.neurons) or writes == 2
    replace_meanings(atlas.directory, search, np.ones((len(atlas), 12)), np.ones(12))
    assert np.allclose(read_meanings(atlas.directory / MEANINGS, len(atlas), 12).neurons, 12**-0.5, atol=1e-3)
    assert Atlas(atlas.directory).manifest.search == search


def test_the_model_is_told_relative_to_the_atlas_and_by_its_text_tower(tmp_path):
    clip = shutil.copytree(BUILT_IN.parent / "models" / "storybook-clip", tmp_path / "storybook-clip")
    space = of_model(Atlas(BUILT_IN / "storybook-baseline"), ["boat", "star"], str(clip))
    assert space.model is not None
    assert (space.model.name, space.model.width, space.model.local) == ("storybook-clip", 128, True)
    assert (BUILT_IN / "storybook-baseline" / space.model.source).resolve() == clip.resolve()
    assert space.model.weights == load_texts(str(clip)).weights_hash
