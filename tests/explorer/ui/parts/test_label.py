"""What a neuron is called: what it steers to, else what fits its images, else their label."""

import numpy as np
import pyarrow as pa
import pytest

from explorer.atlas.atlas import Atlas
from explorer.atlas.format import replace_neurons
from explorer.atlas.manifest import FITS, SCORE, NamesInfo
from explorer.atlas.query import Query
from explorer.ui.parts.label import label
from tests.making import Making, make_atlas

NAMES = NamesInfo(model="clip-drawn", vocabulary="general", words=1293, score=SCORE)


@pytest.fixture
def atlas(tmp_path):
    """Neuron 0 steers and has a name, 1 has a name, 2 one that fits too little, 3 was raised in vain."""
    atlas = Atlas(make_atlas(tmp_path, Making()))
    columns = {name: atlas.neurons[name].to_numpy(copy=True) for name in ("name", "name_score", "steers", "steerability")}
    columns["name"][:3] = ["ocean", "sailing boat", "table"]
    columns["name_score"][:3] = [0.9, 0.75, FITS - 0.01]
    columns["steers"][[0, 3]], columns["steerability"][[0, 3]] = ["boat", "cat"], [0.9, 0.2]
    neurons = pa.Table.from_pandas(atlas.neurons.assign(**columns), preserve_index=False)
    replace_neurons(atlas.directory, atlas.manifest.model_copy(update={"names": NAMES}), neurons)
    return Atlas(atlas.directory)


def test_what_it_steers_to_comes_first_then_what_fits_its_images(atlas):
    assert [label(atlas, neuron).name for neuron in (0, 1)] == ["boat", "sailing boat"]
    assert "90 %" in label(atlas, 0).why
    assert all(part in label(atlas, 1).why for part in ("1,293", "sailing boat", "0.75", "clip-drawn"))


def test_a_name_that_fits_too_little_is_not_shown(atlas):
    labels = atlas.neurons["label"]
    assert str(labels[2]) in label(atlas, 2).name
    assert label(atlas, 3).name != "cat"


def test_a_name_that_is_not_sure_does_not_look_sure(atlas):
    assert [label(atlas, neuron).css for neuron in (0, 1)] == ["", ""]  # .9 of answers, a fit of .75
    atlas.neurons.loc[1, "name_score"] = 0.74
    atlas.neurons.loc[0, "steerability"] = 0.6
    assert [label(atlas, neuron).css for neuron in (0, 1)] == [" unsure", " unsure"]


def test_names_are_found_by_search(atlas):
    found = atlas.page(Query(text="SAILING", images=0)).neurons
    assert found == [1]
    assert 0 in atlas.page(Query(text="boat")).neurons


def test_what_was_replaced_is_whole(atlas):
    assert atlas.manifest.names == NAMES
    assert not list(atlas.directory.glob("*.partial"))
    assert np.isfinite(atlas.neurons["name_score"]).sum() == 3
