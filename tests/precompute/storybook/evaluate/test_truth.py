"""Neurons whose truth is known, and the built-in atlas."""

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from explorer.atlas.atlas import Atlas
from explorer.atlas.ranking import LEAST_IMAGES
from explorer.models.codes import Codes
from explorer.models.neuron_reader import load_neuron_reader
from precompute.storybook.evaluate.attribute_match import match
from precompute.storybook.evaluate.ideal import ideal_embeddings
from precompute.storybook.evaluate.ms_worth import ceilings, judged_by_both, mean_cosine, missed, ms_against_focus
from precompute.storybook.evaluate.scenes import ATTRIBUTES, family
from precompute.storybook.evaluate.truth import LEAST_SCENES, evaluate, read_scenes
from tests.making import Making, make_atlas
from tests.precompute.making import BUILT_IN


@pytest.fixture(scope="module")
def reader(patches):
    return load_neuron_reader(patches)


@pytest.fixture(scope="module")
def truth(patches, reader, scenes):
    return evaluate(patches, reader, scenes)


def test_a_neuron_that_fires_on_boats_is_found_out(scenes):
    """Neuron 0 fires on boats and no other scene, 1 on all but snowy ones, 2 on the first fifty."""
    boat, snowy = (scenes.truth[:, ATTRIBUTES.index(name)] for name in ("kind:boat", "weather:snowy"))
    rng = np.random.default_rng(0)
    a = np.stack([boat, ~snowy, np.arange(100) < 50], 1) * rng.uniform(1, 2, (100, 3))
    asked = np.flatnonzero((scenes.truth.sum(0) > 0) & (scenes.truth.sum(0) < 100))
    found = match(Codes.from_dense(torch.tensor(a)), scenes.truth[:, asked])
    best = found.match[0].argmax()
    assert ATTRIBUTES[asked[best]] == "kind:boat"
    assert (found.average_precision[0, best], found.f1[0, best], found.match[0, best]) == pytest.approx((1, 1, 1))
    assert found.match[1, asked == ATTRIBUTES.index("weather:snowy")] == pytest.approx(0, abs=1e-6)  # its silence tells, not it
    assert found.match[2, scenes.truth[:, asked].sum(0) >= LEAST_SCENES].max() < 0.5


def test_scenes_are_read_as_any_picture_is(reader, scenes):
    read = read_scenes(reader, scenes.images[:3])
    pooled, tokens = read.scenes.to_dense().numpy(), read.tokens.to_dense().reshape(3, 64, -1).numpy()
    for number in range(3):
        fired = reader.read(Image.fromarray(scenes.images[number]), limit=1024)
        assert {f.neuron for f in fired} == set(np.flatnonzero(pooled[number]))
        for f in fired:
            assert f.activation == pytest.approx(pooled[number, f.neuron], rel=1e-3, abs=1e-4)
            assert np.allclose(f.patches.ravel(), tokens[number, :, f.neuron], rtol=1e-3, atol=1e-4)


def test_each_neuron_has_the_attribute_it_matches_best(truth, reader, scenes, patches):
    dense = read_scenes(reader, scenes.images).scenes.to_dense().numpy()
    asked = [a for a in range(len(ATTRIBUTES)) if LEAST_SCENES <= scenes.truth[:, a].sum() <= 100 - LEAST_SCENES]
    table = truth.neurons
    assert table["fires"].tolist() == (dense > 0).sum(0).tolist()
    assert table["judged"].tolist() == ((dense > 0).sum(0) >= LEAST_IMAGES).tolist()
    assert table.loc[table["fires"] == 0, ["match_attribute", "focus_attribute", "match", "focus", "iou"]].isna().to_numpy().all()
    for neuron in table.index[table["judged"]][:5]:
        matches = {}
        for a in asked:
            right, precision = scenes.truth[:, a], 0.0
            for i in np.flatnonzero(right):
                at_least = dense[:, neuron] >= dense[i, neuron]
                precision += (right & at_least).sum() / at_least.sum() / right.sum()
            matches[ATTRIBUTES[a]] = (precision - right.mean()) / (1 - right.mean())
        row = table.loc[neuron]
        assert row["match"] == pytest.approx(max(matches.values()), abs=1e-5)
        assert matches[row["match_attribute"]] == pytest.approx(row["match"], abs=1e-5)
    assert table[f"ms_{patches.similarities[0]}"].equals(patches.neurons[f"ms_{patches.similarities[0]}"])


def test_tables_of_the_whole(truth, patches):
    judged = truth.neurons[truth.neurons["judged"]]
    whole = truth.whole.iloc[0]
    assert (whole["atlas"], whole["scenes"], whole["judged"]) == (patches.name, 100, len(judged))
    assert whole["matching"] == (judged["match"] >= 0.5).sum() > 0
    assert whole["focused"] == (judged["focus"] >= 0.8).sum() > 0
    assert whole["share_focused"] == whole["focused"] / whole["judged"]
    coverage = truth.coverage.set_index("family")
    assert coverage["attributes"].drop("all").sum() == coverage["attributes"]["all"]
    assert coverage["covered"].drop("all").sum() == coverage["covered"]["all"]
    assert (coverage["covered"] / coverage["attributes"]).tolist() == coverage["share"].tolist()
    assert set(truth.ms["similarity"]) == set(patches.similarities)


def test_heat_maps_are_held_against_things_only(truth):
    table = truth.neurons.dropna(subset=["focus_attribute"])
    of_things = ~table["focus_attribute"].str.startswith(("setting:", "weather:", "relation:"))
    assert table.loc[of_things & (table["fires"] > 0), "iou"].between(0, 1).all()
    assert table.loc[~of_things, "iou"].isna().all()


def test_the_baseline_and_taps_without_patches(scenes):
    atlas = Atlas(BUILT_IN / "storybook-baseline")
    found = evaluate(atlas, load_neuron_reader(atlas), scenes)
    assert len(found.neurons) == 128
    assert found.neurons["iou"].isna().to_numpy().all()
    assert found.neurons["judged"].to_numpy().sum() > 100  # its activations have either sign


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """20 neurons, 4 of them dead, that fire on all 96 images but the last, which fires on 15."""
    atlas = Atlas(make_atlas(tmp_path_factory.mktemp("atlases"), Making(neurons=20, dead=4)))
    atlas.neurons["density"] = 1.0
    atlas.neurons.loc[19, "density"] = 15 / 96
    return atlas


def table_of(atlas, focus, judged=True):
    columns = atlas.neurons[[f"ms_{name}" for name in atlas.similarities]]
    about = {"atlas": atlas.name, "neuron": np.arange(20), "focus_attribute": "kind:boat", "focus": focus}
    return pd.DataFrame(about | {"focus_on_kind": -focus, "fires": np.arange(20) % 7, "judged": judged}).join(columns)


def against_focus(atlas, table):
    return ms_against_focus(atlas, judged_by_both(atlas, table, LEAST_IMAGES))


def test_ms_against_focus(made):
    ms = made.ms().astype(float)
    living = np.flatnonzero(~np.isnan(ms[:19]))
    for sign in (1, -1):
        table = against_focus(made, table_of(made, sign * np.exp(ms)))
        assert table["focus_on"].tolist() == ["any", "kind"] * 2
        assert table["spearman"].tolist() == pytest.approx([sign, -sign] * 2)  # the second E's MS rises with the first's
        assert table["neurons"].tolist() == [len(living)] * 4


def test_ms_against_focus_with_ties_by_hand(made):
    """Ranks of MS 1 2 3 4, of focus 1.5 1.5 3 4: Spearman is Pearson of these, 4.5 / √(5 · 4.5)."""
    judged = np.zeros(20, bool)
    four = np.flatnonzero(~np.isnan(made.ms()[:19]))[:4]
    four = four[np.argsort(made.ms()[four])]
    judged[four] = True
    focus = np.zeros(20)
    focus[four] = [0.1, 0.1, 0.2, 0.9]
    table = against_focus(made, table_of(made, focus, judged))
    assert table["neurons"].tolist() == [4] * 4
    assert table["spearman"].tolist() == pytest.approx([sign * 4.5 / np.sqrt(5 * 4.5) for sign in (1, -1, 1, -1)])


def test_too_few_neurons_have_no_order(made):
    judged = np.zeros(20, bool)
    judged[np.flatnonzero(~np.isnan(made.ms()))[:2]] = True
    assert against_focus(made, table_of(made, np.arange(20.0), judged))["spearman"].isna().to_numpy().all()


def test_ms_misses_the_focused_neurons_of_its_lowest_quarter(made):
    ms = made.ms().astype(float)
    living = np.flatnonzero(~np.isnan(ms[:19]))
    order = living[np.argsort(ms[living])]
    focus = np.full(20, 0.5)
    focus[order[[0, 1, -1]]] = [0.8, 0.9, 1.0]
    focus[order[2]] = 0.79
    table = missed(made, judged_by_both(made, table_of(made, focus), LEAST_IMAGES))
    assert table["neuron"].tolist() == [order[1], order[0]]
    assert table["ms"].tolist() == pytest.approx([ms[order[1]], ms[order[0]]])


def test_ceilings_by_hand(scenes):
    """An E of kinds alone gives every kind's perfect detector an MS of 1 where each scene shows one kind."""
    single = np.flatnonzero([scenes.truth[row, KINDS].sum() == 1 for row in range(len(scenes.truth))])
    truth = np.repeat(scenes.truth[single], 16, axis=0)  # enough scenes of each
    table = ceilings("kinds", truth[:, KINDS].astype(float), truth).set_index("family")["ms"].to_dict()
    assert table["kind"] == pytest.approx(1)
    share = truth[:, KINDS].mean(0)
    n = len(truth)
    assert table["random pairs"] == pytest.approx((n * (share**2).sum() - 1) / (n - 1))
    assert table["setting"] < table["kind"]


def test_the_ideal_embedding_gives_equal_scenes_cosine_one_and_random_ones_none(scenes):
    e_ne = ideal_embeddings(scenes.truth).astype(float)
    unit = e_ne / np.linalg.norm(e_ne, axis=1, keepdims=True)
    assert abs(mean_cosine(unit)) < 0.02
    cosine = unit @ unit.T
    parts = [np.array([family(name) == part for name in ATTRIBUTES]) for part in ("kind", "colour", "setting", "weather")]
    shared = sum((scenes.truth[:, part].astype(int) @ scenes.truth[:, part].T > 0).astype(int) for part in parts)
    pairs = ~np.eye(len(unit), dtype=bool)
    means = [cosine[pairs & (shared == number)].mean() for number in range(4)]
    assert means == sorted(means)
    assert means[0] < 0 < 0.3 < means[3]


KINDS = [number for number, name in enumerate(ATTRIBUTES) if family(name) == "kind"]
