"""compare: figures of the manifests, counterparts against all pairs one by one, and what cannot be compared."""

import numpy as np
import pytest

from explorer.atlas.atlas import Atlas
from explorer.atlas.indexes import concepts_of
from explorer.errors import VisitorError
from explorer.operations.compare import MOST_NEURONS, compare, together
from tests.making import Making, change_manifest, make_atlas
from tests.precompute.making import BUILT_IN


@pytest.fixture(scope="module")
def pair() -> tuple[Atlas, Atlas]:
    return Atlas(BUILT_IN / "storybook"), Atlas(BUILT_IN / "storybook-batchtopk")


def top_set(atlas: Atlas, neuron: int) -> set[str]:
    return {top.image for top in atlas.top_images(neuron, 10**6)}


def test_sides_tell_what_the_manifests_do(pair):
    found = compare(*pair)
    for side, atlas in zip(found.sides, pair, strict=True):
        metrics = atlas.manifest.metrics
        assert (side.r2, side.l0, side.dead, side.alike_pairs) == (metrics.r2, metrics.l0, metrics.dead, metrics.alike_pairs)
        assert side.best_ms == metrics.ms[side.similarity].best
        assert side.similarity == found.similarity == atlas.similarities[0]
        ms = [summary.ms[side.similarity] for summary in side.worst]
        assert ms == np.sort(atlas.ranked_ms()[~np.isnan(atlas.ranked_ms())])[: len(ms)].tolist()
    assert found.same_images
    assert len(str(found.as_dict())) > 100


def test_counterparts_share_the_most_images_of_all(pair):
    left, right = pair
    found = compare(left, right)
    assert found.measure == "images"
    assert len(found.counterparts) == 8
    sets = [top_set(right, neuron) for neuron in range(len(right))]
    for one in found.counterparts:
        mine = top_set(left, one.neuron.neuron)
        jaccard = [len(mine & its) / len(mine | its) for its in sets]
        assert one.likeness == pytest.approx(max(jaccard))
        assert one.other is not None
        assert jaccard[one.other.neuron] == pytest.approx(max(jaccard))


@pytest.fixture(scope="module")
def synthetic(tmp_path_factory) -> dict[str, Atlas]:
    root = tmp_path_factory.mktemp("compared")
    makings = {
        "one": Making(name="one"),
        "two": Making(name="two", neurons=40),
        "three": Making(name="three", similarities=("x",)),
    }
    made = {name: make_atlas(root, making) for name, making in makings.items()}
    change_manifest(made["two"], lambda content: content["dataset"].update(fingerprint="other"))
    for name, weights in (("one", "E"), ("two", "E"), ("three", "another")):
        change_manifest(made[name], lambda content, weights=weights: [e.update(weights=weights) for e in content["similarity"]])
    change_manifest(made["three"], lambda content: content["dataset"].update(fingerprint="a third"))
    return {name: Atlas(directory) for name, directory in made.items()}


def test_of_other_images_counterparts_are_those_of_concepts(synthetic):
    left, right = synthetic["one"], synthetic["two"]
    found = compare(left, right)
    assert (found.same_images, found.measure) == (False, "concepts")
    mine, others = concepts_of(left).vectors(), concepts_of(right).vectors()
    alive = right.fires_on() > 0
    for one in found.counterparts:
        cosines = np.where(alive, others @ mine[one.neuron.neuron], -np.inf)
        assert one.other is not None
        assert one.other.neuron == cosines.argmax()
        assert one.likeness == pytest.approx(cosines.max(), abs=1e-5)


def test_with_nothing_in_common_there_are_no_counterparts(synthetic):
    found = compare(synthetic["one"], synthetic["three"])
    assert (found.similarity, found.measure, found.counterparts) == (None, "none", ())
    assert [side.similarity for side in found.sides] == ["dinov2-drawn", "x"]


def test_the_same_atlas_twice_is_refused(pair):
    with pytest.raises(VisitorError, match="compared with itself"):
        compare(pair[0], pair[0])


def test_several_neurons_and_what_they_share(pair):
    left, right = pair
    chosen = [(left, 26), (right, 3), (left, 26), (left, 409)]
    found = together(chosen)
    assert found.atlases == ("storybook", "storybook-batchtopk", "storybook")
    assert [summary.neuron for summary in found.neurons] == [26, 3, 409]
    sets = [{top.image for top in atlas.top_images(neuron)} for atlas, neuron in (chosen[0], chosen[1], chosen[3])]
    expected = [[len(one & other) / len(one | other) for other in sets] for one in sets]
    assert np.allclose(found.shared, expected)
    assert np.allclose(np.diag(found.shared), 1)


def test_how_many_and_which_neurons(pair):
    assert len(together([(pair[0], neuron) for neuron in range(20)]).neurons) == MOST_NEURONS
    with pytest.raises(VisitorError, match="at least one neuron"):
        together([])
    with pytest.raises(VisitorError, match="choose one of them"):
        together([(pair[0], 10**6)])
