"""Means and spreads over seeds, against numpy's."""

import statistics

import numpy as np
import pytest

from explorer.atlas.atlas import Atlas
from explorer.operations.report.curves import summary
from explorer.operations.report.seeds import COLUMNS, over_seeds
from tests.making import Making, change_manifest, make_atlas


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    """Three seeds of one SAE, a second atlas of the last seed, and one with another k; R² .5, .6, .9, .1, .2."""
    root, atlases = tmp_path_factory.mktemp("sweep"), []
    for name, seed, k, r2 in (
        ("a", 0, 20, 0.5),
        ("b", 1, 20, 0.6),
        ("c", 2, 20, 0.9),
        ("again", 2, 20, 0.1),
        ("other", 3, 10, 0.2),
    ):
        directory = make_atlas(root / name, Making(name=name, seed=seed))
        change_manifest(directory, lambda content, r2=r2: content["metrics"].update(r2=r2))
        atlas = Atlas(directory)
        if k != 20:
            sae = atlas.manifest.sae.model_copy(update={"k": k})
            atlas.manifest = atlas.manifest.model_copy(update={"sae": sae})
        atlases.append(atlas)
    return atlases


def test_one_row_a_setting_and_e(sweep):
    table = over_seeds(sweep)
    assert list(table) == COLUMNS
    assert table["atlases"].tolist() == ["a, b, c"] * 2
    assert table["similarity"].tolist() == ["dinov2-drawn", "clip-drawn"]
    assert table["seeds"].tolist() == [3, 3]
    assert table["k"].tolist() == [20, 20]
    assert table["r2"].tolist() == pytest.approx([2 / 3] * 2)
    assert table["r2_std"].tolist() == pytest.approx([statistics.stdev([0.5, 0.6, 0.9])] * 2)
    best = [summary(atlas)["best_ms"][1] for atlas in sweep[:3]]
    assert len(set(best)) == 3
    assert float(table["best_ms"].tolist()[1]) == pytest.approx(np.mean(best))
    assert float(table["best_ms_std"].tolist()[1]) == pytest.approx(statistics.stdev(best))


def test_a_single_seed_has_no_spread(sweep):
    table = over_seeds([sweep[0], sweep[4]])
    assert table.empty
    assert list(table) == COLUMNS


def test_other_images_are_not_averaged(sweep):
    changed = Atlas(sweep[1].directory)
    dataset = changed.manifest.dataset.model_copy(update={"fingerprint": "other"})
    changed.manifest = changed.manifest.model_copy(update={"dataset": dataset})
    assert over_seeds([sweep[0], changed]).empty
