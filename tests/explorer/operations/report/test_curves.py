"""What an atlas says of itself."""

import numpy as np
import pytest

from explorer.atlas.atlas import Atlas
from explorer.operations.report.curves import curves, levels, summary
from tests.making import Making, change_manifest, make_atlas


@pytest.fixture(scope="module")
def atlas(tmp_path_factory):
    """64 neurons: levels of 4, 8, 16 and 36; five are dead."""
    return Atlas(make_atlas(tmp_path_factory.mktemp("atlases")))


def test_summary_has_a_row_for_each_e(atlas):
    table = summary(atlas)
    assert table["similarity"].tolist() == ["dinov2-drawn", "clip-drawn"]
    told = ["atlas", "encoder", "tap", "sae", "neurons", "images", "r2", "l0", "dead", "alive"]
    assert table[told].iloc[0].tolist() == ["drawings", "synthetic-encoder", "2:patches", "matryoshka", 64, 96, 0.71, 19.6, 5, 59]
    living = [value for value in atlas.ms("clip-drawn").tolist() if value == value]
    assert table["best_ms"].tolist()[1] == max(living)
    assert table["mean_ms"].tolist()[1] == pytest.approx(sum(living) / len(living))


def test_summary_tells_the_settings_and_the_lift(atlas, tmp_path):
    known = summary(Atlas(make_atlas(tmp_path, Making(floor=0.125, seed=7)))).iloc[0]
    assert known[["expansion", "k", "seed", "floor"]].tolist() == [4.0, 20, 7, 0.125]
    assert known["lift"] == known["mean_ms"] - 0.125
    old = summary(atlas)
    assert old[["seed", "steps", "floor", "lift"]].isna().to_numpy().all()


def test_best_and_ranks_are_of_neurons_that_fire_on_16_images(tmp_path):
    directory = make_atlas(tmp_path)
    change_manifest(directory, lambda content: content["dataset"].update(images=1000))
    atlas = Atlas(directory)
    often = [round(1000 * density) >= 16 for density in atlas.neurons["density"].tolist()]
    ranked = sorted((ms for ms, enough in zip(atlas.ms().tolist(), often, strict=True) if enough and ms == ms), reverse=True)
    assert 10 < len(ranked) < 59
    assert ranked[0] < np.nanmax(atlas.ms())
    row, curve = summary(atlas).iloc[0].to_dict(), curves(atlas)
    assert (row["alive"], row["ranked"], row["best_ms"]) == (59, len(ranked), ranked[0])
    assert row["mean_ms"] == pytest.approx(np.nanmean(atlas.ms().astype(float)))
    assert curve[curve["similarity"] == "dinov2-drawn"]["ms"].tolist() == ranked
    table = levels(atlas)
    assert table.loc[table["similarity"] == "dinov2-drawn", "ranked"].to_numpy().sum() == len(ranked)


def test_curves_fall_and_leave_the_dead_out(atlas):
    table = curves(atlas)
    for name in atlas.similarities:
        curve = table[table["similarity"] == name]
        assert curve["rank"].tolist() == list(range(1, 60))
        assert curve["share"].tolist() == [rank / 59 for rank in range(1, 60)]
        assert curve["ms"].tolist() == sorted((v for v in atlas.ms(name).tolist() if v == v), reverse=True)
        assert all(atlas.ms(name)[neuron] == ms for neuron, ms in zip(curve["neuron"], curve["ms"], strict=True))


def test_levels_are_means_over_their_living_neurons(atlas):
    depths = np.arange(64.0)
    table = levels(atlas, depths)
    assert table["level"].tolist() == [0, 1, 2, 3] * 2
    assert table["neurons"].tolist() == [4, 8, 16, 36] * 2
    assert table.groupby("similarity")["alive"].sum().tolist() == [59, 59]
    for row in table.to_dict("records"):
        rows = np.flatnonzero(atlas.neurons["level"] == row["level"])
        living = [neuron for neuron in rows if not np.isnan(atlas.ms(row["similarity"])[neuron])]
        scores = [float(atlas.ms(row["similarity"])[neuron]) for neuron in living]
        assert (row["alive"], row["best_ms"]) == (len(living), max(scores))
        assert row["mean_ms"] == pytest.approx(sum(scores) / len(scores))
        assert row["lca_depth"] == pytest.approx(sum(living) / len(living))  # depths[i] is i
    assert levels(atlas)["lca_depth"].isna().to_numpy().all()


def test_a_level_without_living_neurons(atlas):
    assert curves(atlas)["ms"].notna().to_numpy().all()
    whole = Atlas(atlas.directory)
    whole.neurons.loc[:3, "ms_dinov2-drawn"] = np.nan
    first = levels(whole, np.ones(64)).iloc[0]
    assert first["alive"] == 0
    assert first[["best_ms", "mean_ms", "lca_depth"]].isna().all()


def test_an_atlas_whose_neurons_are_all_dead(tmp_path):
    atlas = Atlas(make_atlas(tmp_path, Making(neurons=16)))
    for name in atlas.similarities:
        atlas.neurons[f"ms_{name}"] = np.nan
    assert curves(atlas).empty
    assert summary(atlas)["alive"].tolist() == [0, 0]
