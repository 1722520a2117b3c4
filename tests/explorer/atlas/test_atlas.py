"""Pages, filters, sorts and single neurons, each against the slow and obvious way over the tables."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.atlas.atlas import Atlas
from explorer.atlas.integrity import Unfit
from explorer.atlas.library import open_library
from explorer.atlas.manifest import CONCEPTS, DIRECTIONS, SCORE, TOPS, NamesInfo
from explorer.atlas.query import SORTS, Query
from explorer.atlas.ranking import least_images
from explorer.atlas.search import VectorIndex, open_index
from explorer.errors import UserError, VisitorError
from tests.making import Making, change_manifest, make_atlas


@pytest.fixture(scope="module")
def atlas(tmp_path_factory):
    directory = make_atlas(tmp_path_factory.mktemp("atlases"), Making(neurons=80, dead=7))
    names = NamesInfo(model="clip", vocabulary="words", words=9, score=SCORE).model_dump()
    change_manifest(directory, lambda content: content.update(names=names))
    atlas, rng = Atlas(directory), np.random.default_rng(3)
    for column in ("steerability", "name_score"):
        atlas.neurons[column] = np.where(rng.random(80) < 0.4, np.nan, rng.uniform(-0.8, 1.1, 80)).astype(np.float32)
    return atlas


@pytest.fixture(scope="module")
def tops(atlas):
    return pd.read_parquet(atlas.directory / TOPS)


queries = st.builds(
    Query,
    sort=st.sampled_from(list(SORTS)),
    similarity=st.sampled_from([None, "dinov2-drawn", "clip-drawn"]),
    ms=st.tuples(st.sampled_from([-1.0, 0.1, 0.3]), st.sampled_from([0.5, 1.0])),
    level=st.sampled_from([None, 0, 1, 3]),
    images=st.sampled_from([0, 0, 1, 5]),
    density=st.sampled_from([(0.0, 1.0), (0.0, 1.0), (0.001, 0.05), (0.02, 1.0)]),
    steerable=st.sampled_from([False, False, True]),
    named=st.sampled_from([False, False, True]),
    alive=st.booleans(),
    text=st.sampled_from(["", "disc", "TEAL", "#7", "nothing like it"]),
    page=st.integers(0, 9),
    size=st.sampled_from([5, 24]),
)


@given(queries)
def test_pages_equal_the_obvious_loop(atlas, query):
    rows = []
    for neuron, row in atlas.neurons.iterrows():
        ms = row[f"ms_{query.similarity or 'dinov2-drawn'}"]
        whole = query.ms == (-1.0, 1.0)
        if math.isnan(ms) and (query.alive or not whole):
            continue
        if not math.isnan(ms) and not query.ms[0] <= ms <= query.ms[1]:
            continue
        if not math.isnan(ms) and round(row["density"] * 96) < query.images:
            continue
        if query.level is not None and row["level"] != query.level:
            continue
        if query.density != (0.0, 1.0) and not query.density[0] <= row["density"] <= query.density[1]:
            continue
        if query.steerable and not row["steerability"] >= 0.5:
            continue
        if query.named and not (row["steerability"] >= 0.75 or row["name_score"] >= 0.75 or row["label_share"] >= 0.5):
            continue
        text = query.text
        if text.startswith("#") and text != f"#{neuron}":
            continue
        if text and not text.startswith("#") and text.lower() not in row["label"].lower() and str(neuron) != text:
            continue
        column, descending = SORTS[query.sort]
        value = ms if column == "ms" else row[column]
        if query.sort == "best" and math.isnan(ms):
            value = math.nan
        rows.append((math.isnan(value), -value if descending else value, neuron))
    expected = [neuron for _, _, neuron in sorted(rows)]
    found = atlas.page(query)
    assert found.total == len(expected)
    assert found.pages == max(1, math.ceil(len(expected) / query.size))
    assert found.page == min(query.page, found.pages - 1)
    assert found.neurons == expected[found.page * query.size : (found.page + 1) * query.size]


def test_best_first_are_the_neurons_of_enough_images_then_those_of_most(tmp_path):
    directory = make_atlas(tmp_path, Making(neurons=8, dead=0, levels=1))
    change_manifest(directory, lambda content: content["dataset"].update(images=1000))
    atlas = Atlas(directory)
    atlas.neurons["ms_dinov2-drawn"] = np.float32([0.9, 0.2, np.nan, 0.5, 0.99, 0.5, 0.7, 0.1])
    atlas.neurons["density"] = np.float32([0.016, 0.5, 0.0, 0.02, 0.002, 0.3, 0.0159, 0.015])
    # of 16 images or more: 0 (.9), 6 (.7 of 15.9 ≈ 16), 5 and 3 (.5; more images), 1 (.2); then 7 (15 images), 4 (2), 2 (dead)
    assert atlas.page(Query(alive=False)).neurons == [0, 6, 5, 3, 1, 7, 4, 2]
    assert atlas.page(Query()).neurons == [0, 6, 5, 3, 1, 7, 4]
    assert atlas.page(Query(sort="ms")).neurons == [4, 0, 6, 3, 5, 1, 7]


@pytest.mark.parametrize("few", [False, True])
def test_a_sure_name_is_one_that_is_clear(tmp_path, few):
    directory = make_atlas(tmp_path, Making(neurons=6, dead=0, levels=1))
    names = NamesInfo(model="clip", vocabulary="words", words=9, score=SCORE).model_dump()
    change_manifest(directory, lambda content: content.update(names=names))
    if few:
        change_manifest(directory, lambda content: content["dataset"].update(images=1000))
    atlas = Atlas(directory)
    columns = {
        "steerability": [0.75, 0.74, np.nan, np.nan, np.nan, np.nan],
        "name_score": [np.nan, 0.74, 0.76, -0.73, np.nan, np.nan],
        "label_share": [0.0, 0.49, 0.2, 0.3, 1.0, 1.0],
        "density": [0.1, 0.1, 0.1, 0.1, 0.1, 0.002],
    }
    for name, values in columns.items():
        atlas.neurons[name] = np.float32(values)
    atlas.neurons["label"] = ["a", "a", "a", "a", "", "a"]
    # the last is called by the label of two images, which is sure only in a set so small that all neurons are ranked
    assert sorted(atlas.page(Query(named=True)).neurons) == ([0, 2] if few else [0, 2, 5])


def test_places_are_those_of_the_order(atlas):
    query = Query(sort="density", level=3, size=5)
    order = atlas.page(Query(sort="density", level=3, size=99)).neurons
    assert atlas.place(order[0], query) == (None, order[1], 0)
    assert atlas.place(order[5], query) == (order[4], order[6], 1)
    assert atlas.place(order[-1], query) == (order[-2], None, (len(order) - 1) // 5)
    assert atlas.place(0, query) is None  # of another level


def test_tops_bands_and_patches_equal_the_table(atlas, tops):
    for neuron in (0, 33, 79):
        mine = tops[tops["neuron"] == neuron]
        assert atlas.bands(neuron) == mine["band"].unique().tolist()
        for band in atlas.bands(neuron):
            expected = mine[mine["band"] == band]
            assert [top.image for top in atlas.top_images(neuron, 99, band)] == expected["image"].tolist()
            assert np.allclose([top.activation for top in atlas.top_images(neuron, 99, band)], expected["activation"])
            patches = atlas.patches(neuron, band)
            assert patches is not None
            assert np.allclose(np.stack(patches).reshape(len(expected), -1), np.stack(expected["patches"].to_list()))


def test_a_dead_neuron_is_empty_not_an_error(atlas):
    dead = int(np.flatnonzero(np.isnan(atlas.ms()))[0])
    assert atlas.top_images(dead) == []
    assert atlas.bands(dead) == []
    assert math.isnan(atlas.percentile(dead))


def test_percentiles_by_hand(atlas):
    living = atlas.ms()[~np.isnan(atlas.ms())]
    best = int(np.nanargmax(atlas.ms()))
    assert atlas.percentile(best) == 100
    middle = int(np.flatnonzero(atlas.ms() == np.sort(living)[35])[0])
    assert atlas.percentile(middle) == pytest.approx(100 * 36 / 73)


def test_ranked_are_neurons_that_fire_on_16_images(tmp_path):
    directory = make_atlas(tmp_path, Making(neurons=80, dead=7))
    change_manifest(directory, lambda content: content["dataset"].update(images=1000))
    atlas = Atlas(directory)
    atlas.neurons.loc[[3, 4], "density"] = [0.015, 0.016]
    ms = atlas.ms().tolist()
    enough = [i for i in range(80) if round(1000 * float(atlas.neurons["density"][i])) >= 16 and not math.isnan(ms[i])]
    assert 4 in enough
    assert 3 not in enough
    assert 10 < len(enough) < 73
    assert np.flatnonzero(~np.isnan(atlas.ranked_ms())).tolist() == enough
    for neuron in range(80):
        share = 100 * sum(ms[i] <= ms[neuron] for i in enough) / len(enough)
        assert atlas.percentile(neuron) == pytest.approx(share if neuron in enough else math.nan, nan_ok=True)


@pytest.mark.parametrize(("images", "least"), [(96, 0), (499, 0), (500, 16), (10**6, 16)])
def test_in_a_small_set_all_are_ranked(images, least):
    assert least_images(images) == least


@pytest.mark.parametrize("neuron", [-1, 80])
def test_neurons_that_are_not_there(atlas, neuron):
    with pytest.raises(VisitorError, match="0 to 79"):
        atlas.neuron(neuron)


def test_images_come_back_as_stored(atlas, tops):
    from explorer.atlas.pictures import decode_picture

    for image in tops["image"].unique()[:40]:
        webp = atlas.images.thumbnail(image)
        assert webp is not None
        about = atlas.images.about(image)
        assert decode_picture(webp).size == (about.width, about.height)
        assert about.label
    assert atlas.images.thumbnail("0" * 32) is None
    assert atlas.images.about("0" * 32).label == ""


def test_search_equals_the_matrix_product(atlas):
    index = open_index(atlas.files, CONCEPTS, len(atlas))
    vectors = index.vectors()
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    query = np.random.default_rng(0).normal(size=(3, index.width)).astype(np.float32)
    found = index.nearest(query, 5)
    cosine = query @ vectors.T / np.linalg.norm(query, axis=1, keepdims=True)
    assert (found.neurons == np.argsort(-cosine, axis=1)[:, :5]).all()
    assert np.allclose(found.cosine, -np.sort(-cosine, axis=1)[:, :5], atol=1e-5)
    three = index.nearest(query, 5, np.array([70, 3, 41]))
    assert (three.neurons[:, :3] == np.array([70, 3, 41])[np.argsort(-cosine[:, [70, 3, 41]], axis=1)]).all()
    assert (three.neurons[:, 3:] == -1).all()


def test_an_index_of_another_atlas_is_refused(atlas, tmp_path):
    with pytest.raises(UserError, match=r"directions.faiss has 80 rows, its atlas 81"):
        open_index(atlas.files, DIRECTIONS, 81)
    (tmp_path / "x.faiss").write_bytes(b"no index")
    with pytest.raises(Unfit, match="not a readable FAISS"):
        VectorIndex(tmp_path / "x.faiss", 80)
    whole = (atlas.directory / DIRECTIONS).read_bytes()
    for changed in (whole[:-1], whole[:4] + b"\xff" * 4 + whole[8:], b"IxF2" + whole[4:], whole[:-4] + b"\xff" * 4):
        (tmp_path / "x.faiss").write_bytes(changed)
        with pytest.raises(Unfit):
            VectorIndex(tmp_path / "x.faiss", 80)


def test_a_library_opens_what_it_can(tmp_path):
    for name in ("one", "two"):
        make_atlas(tmp_path, Making(name=name, neurons=20))
    (tmp_path / "two" / TOPS).write_bytes(b"cut")
    (tmp_path / "stranger").mkdir()
    make_atlas(tmp_path / "elsewhere", Making(name="one", neurons=20))
    library = open_library([tmp_path, tmp_path / "one", tmp_path / "elsewhere", tmp_path / "missing"])
    assert list(library.atlases) == ["one"]
    assert len(library.problems) == 2
    assert "tops.parquet" in str(library.problems[0])
    assert "the name one is taken" in str(library.problems[1])
    assert all(problem.public and str(tmp_path) not in problem.public for problem in library.problems)


def test_reading_needs_no_model():
    import subprocess
    import sys

    code = """
import explorer.atlas.atlas, explorer.atlas.search, sys
print([name for name in ("torch", "gradio", "faiss") if name in sys.modules])
"""
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
