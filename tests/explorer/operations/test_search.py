"""search: on the built-in atlas against what its scenes show, on a synthetic one against the numbers; and what it refuses."""

import numpy as np
import pytest
from PIL import Image

from explorer.atlas.atlas import Atlas
from explorer.atlas.indexes import concepts_of, directions_of
from explorer.atlas.pictures import decode_picture
from explorer.errors import UserError, VisitorError
from explorer.model_pool import ModelPool
from explorer.operations.hits import Candidate, best_of
from explorer.operations.images import named
from explorer.operations.read import read
from explorer.operations.search import search_image, search_neuron, search_text
from precompute.storybook.evaluate.kind_tree import scene_of
from precompute.storybook.truth import attributes
from tests.making import Making, change_manifest, make_atlas
from tests.precompute.making import BUILT_IN


@pytest.fixture(scope="module")
def pool() -> ModelPool:
    return ModelPool()


@pytest.fixture(scope="module")
def storybook() -> Atlas:
    return Atlas(BUILT_IN / "storybook")


def share_with(atlas: Atlas, neuron: int, attribute: str) -> float:
    """The share of a neuron's images that show something."""
    scenes = [scene_of(atlas.images.about(top.image).key) for top in atlas.top_images(neuron)]
    return float(np.mean([attribute in attributes(scene) for scene in scenes if scene])) if scenes else 0.0


def usual_share(atlas: Atlas, attribute: str) -> float:
    """The same on average over neurons drawn without a search."""
    return float(np.mean([share_with(atlas, neuron, attribute) for neuron in range(0, 1000, 25)]))


@pytest.mark.parametrize("asked", ["setting:ocean", "colour:blue", "kind:rocket"])
def test_the_first_found_show_what_the_words_say(pool, storybook, asked):
    hits = search_text(pool, storybook, asked.partition(":")[2]).hits[:5]
    shares = [share_with(storybook, hit.summary.neuron, asked) for hit in hits]
    assert np.mean(shares) > max(0.6, 3 * usual_share(storybook, asked))


@pytest.mark.parametrize("asked", ["colour:red", "kind:boat", "kind:mushroom"])
def test_images_show_what_the_words_say(pool, storybook, asked):
    """Of the neurons whose name does not say it, the first five fire on such images far more often than others do."""
    found = search_text(pool, storybook, asked.partition(":")[2])
    nearest = [hit.summary.neuron for hit in found.hits if hit.why == "meaning"][:5]
    assert found.by_meaning
    assert found.unknown_words == ()
    shares = [share_with(storybook, neuron, asked) for neuron in nearest]
    assert np.mean(shares) > max(0.3, 3 * usual_share(storybook, asked))


def test_names_come_first_and_no_neuron_twice(pool, storybook):
    hits = search_text(pool, storybook, "boats").hits
    whys = [hit.why for hit in hits]
    assert whys == ["name"] * 12 + ["meaning"] * 12
    assert all(hit.summary.name.name == "boat" for hit in hits[:12])
    assert len({hit.summary.neuron for hit in hits}) == len(hits) == 24
    scores = [hit.score for hit in hits[12:]]
    assert scores == sorted(scores, reverse=True)


def test_what_the_tower_does_not_know_is_told_and_left_out(pool, storybook):
    found = search_text(pool, storybook, "something red and round")
    assert found.unknown_words == ("round",)
    assert {hit.why for hit in found.hits} == {"meaning"}  # no name says "round"
    assert np.mean([share_with(storybook, hit.summary.neuron, "colour:red") for hit in found.hits[:5]]) > 0.6


def test_of_unknown_words_names_alone_are_left(pool, storybook):
    found = search_text(pool, storybook, "zeppelin")
    assert (found.hits, found.by_meaning, found.unknown_words) == ((), False, ("zeppelin",))


@pytest.mark.parametrize("text", ["", "   ", "?!", "the", "something"])
def test_no_word_is_refused(pool, storybook, text):
    with pytest.raises(VisitorError, match="no word to search for"):
        search_text(pool, storybook, text)


def test_hostile_and_endless_texts(pool, storybook):
    with pytest.raises(VisitorError, match="10,000 characters"):
        search_text(pool, storybook, "boat " * 2000)
    for text in ("<|endoftext|> [eos] </s> boat", "boat\x00\x1b[31m", "'; DROP TABLE neurons; -- boat", "boat " * 40):
        assert search_text(pool, storybook, text).by_meaning
    assert search_text(pool, storybook, "[eos] boat").hits == search_text(pool, storybook, "eos boat").hits


@pytest.mark.parametrize("limit", [0, -1, 201, 10**9])
def test_how_many_is_bounded(pool, storybook, limit):
    for search in (lambda: search_text(pool, storybook, "boat", limit), lambda: search_neuron(storybook, 1, limit)):
        with pytest.raises(VisitorError, match="from 1 to 200"):
            search()


def test_a_picture_finds_what_fires_on_it_and_what_is_like_it(pool, storybook):
    neuron = search_text(pool, storybook, "boat").hits[0].summary.neuron
    image = named(decode_picture(storybook.images.thumbnail(storybook.top_images(neuron, 1)[0].image) or b""))
    found = search_image(pool, storybook, image)
    fires = [(hit.summary.neuron, hit.score) for hit in found.hits if hit.why == "fires"]
    assert fires == [(fired.neuron, fired.activation) for fired in read(pool, storybook, image).neurons[:12]]
    alike = [hit.summary.neuron for hit in found.hits if hit.why == "meaning"][:5]
    shares = [share_with(storybook, other, "kind:boat") for other in alike]
    assert np.mean(shares) > max(0.3, 3 * usual_share(storybook, "kind:boat"))


@pytest.mark.parametrize(("why", "index_of", "at"), [("direction", directions_of, 0), ("images", concepts_of, 12)])
def test_neighbours_are_those_of_all_cosines(storybook, why, index_of, at):
    rows = index_of(storybook).vectors()
    cosines = np.where(storybook.fires_on() > 0, rows @ rows[7], -np.inf)
    cosines[7] = -np.inf
    hits = search_neuron(storybook, 7).hits
    own = [hit for hit in hits if hit.why == why]
    before = {hit.summary.neuron for hit in hits[:at]}
    order = [neuron for neuron in np.argsort(-cosines, kind="stable").tolist() if neuron not in before]
    assert [hit.summary.neuron for hit in own] == order[:12]
    assert np.allclose([hit.score for hit in own], cosines[order[:12]], atol=1e-6)


def test_a_dead_neuron_is_near_none_and_an_absent_one_is_refused(storybook):
    dead = int(np.flatnonzero(storybook.fires_on() == 0)[0])
    assert all(hit.why == "direction" for hit in search_neuron(storybook, dead).hits)
    with pytest.raises(VisitorError, match="choose one of them"):
        search_neuron(storybook, len(storybook))


def test_without_a_text_tower_names_are_searched(pool, library):
    atlas = library.atlases["plain"]
    found = search_text(pool, atlas, str(atlas.neurons["label"].iat[0]).split()[0])
    assert not found.by_meaning
    assert {hit.why for hit in found.hits} == {"name"}
    scores = [hit.score for hit in found.hits]
    assert scores == sorted(scores, reverse=True)
    with pytest.raises(VisitorError, match="cannot be searched by a picture"):
        search_image(pool, atlas, named(Image.new("RGB", (64, 64))))


def test_a_text_tower_of_other_weights_is_refused(pool, tmp_path):
    directory = make_atlas(tmp_path / "a", Making(meanings=64))
    model = {"name": "storybook-clip", "source": "../storybook-clip", "local": True, "library": "transformers"}
    (tmp_path / "a" / "storybook-clip").symlink_to(BUILT_IN.parent / "models" / "storybook-clip")
    change_manifest(directory, lambda content: content["search"]["model"].update(model | {"weights": "0" * 32}))
    with pytest.raises(UserError) as refused:
        search_text(ModelPool(allowed=[BUILT_IN.parent / "models"]), Atlas(directory), "boat")
    assert "other weights" in str(refused.value.public)
    assert str(tmp_path) not in str(refused.value.public)


def test_several_lists_in_one(storybook):
    def some(why, *neurons):
        return [Candidate(neuron, why, 1.0) for neuron in neurons]

    def chosen(*groups, limit=4):
        return [(hit.summary.neuron, hit.why) for hit in best_of(storybook, groups, limit)]

    assert chosen(some("name", 1, 2, 3), some("meaning", 2, 5, 3, 6)) == [
        (1, "name"),
        (2, "name"),
        (5, "meaning"),
        (3, "meaning"),
    ]
    assert chosen(some("name", 1), some("meaning", 1, 5, 3, 6)) == [(1, "name"), (5, "meaning"), (3, "meaning"), (6, "meaning")]
    assert chosen(some("name", 1, 2, 3, 4), []) == [(1, "name"), (2, "name")]
    assert chosen(some("name", 1, 2, 3, 4, 5)) == [(1, "name"), (2, "name"), (3, "name"), (4, "name")]
