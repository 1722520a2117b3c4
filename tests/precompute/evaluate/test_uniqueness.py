"""Overlap of top images, from an atlas."""

from itertools import combinations

import pytest

from explorer.atlas.atlas import Atlas
from precompute.evaluate.uniqueness import top_images, uniqueness
from tests.making import Making, make_atlas
from tests.precompute.making import BUILT_IN


@pytest.fixture(scope="module")
def atlas(tmp_path_factory):
    """Few pictures, so that neurons have to share them."""
    return Atlas(make_atlas(tmp_path_factory.mktemp("atlases"), Making(drawn=30)))


def test_top_images_are_the_top_band_in_order(atlas):
    table = top_images(atlas.directory)
    for neuron in (0, 7, 63):
        assert table[table["neuron"] == neuron]["image"].tolist() == [top.image for top in atlas.top_images(neuron)]


def test_it_equals_comparing_all_sets(atlas):
    sets = {neuron: {top.image for top in atlas.top_images(neuron)} for neuron in range(len(atlas)) if atlas.top_images(neuron)}
    jaccard = {(i, j): len(sets[i] & sets[j]) / len(sets[i] | sets[j]) for i, j in combinations(sets, 2)}
    found = uniqueness(atlas)
    alike = {pair: share for pair, share in jaccard.items() if share > 0.5}
    told = ["drawings", len(jaccard), sum(share > 0 for share in jaccard.values()), len(alike)]
    assert found.whole.iloc[0].tolist() == told
    assert 0 < len(alike) < found.whole["overlapping"][0]
    rows = found.alike
    assert dict(zip(zip(rows["neuron"], rows["other"], strict=True), rows["jaccard"], strict=True)) == pytest.approx(alike)
    assert rows["jaccard"].is_monotonic_decreasing


def test_it_is_what_the_manifest_of_a_real_atlas_tells():
    atlas = Atlas(BUILT_IN / "storybook-batchtopk")
    whole = uniqueness(atlas).whole.iloc[0]
    assert (whole["overlapping"], whole["alike"]) == (
        atlas.manifest.metrics.overlapping_pairs,
        atlas.manifest.metrics.alike_pairs,
    )
