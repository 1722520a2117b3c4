"""Places on a map: the stage writes them, the same seed gives the same ones, and neighbours stay neighbours."""

import sys

import numpy as np
import pytest

from explorer.atlas.atlas import Atlas
from explorer.errors import UserError
from precompute.__main__ import main
from precompute.projection import project
from tests.making import Making, make_atlas


def test_too_few_vectors():
    with pytest.raises(UserError, match="at least 16 living neurons, found 3"):
        project(np.eye(3), 15, 0)


def test_without_umap_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "umap", None)
    with pytest.raises(UserError, match=r"pip install -r requirements-map\.txt"):
        project(np.eye(20), 15, 0)


def test_refusals_of_the_command(tmp_path, capsys):
    assert main(["project", str(tmp_path / "nothing")]) == 2
    assert main(["project"]) == 2
    assert main(["project", str(tmp_path), "--neighbours", "1"]) == 2
    assert "--neighbours 1: must be at least 2" in capsys.readouterr().err


@pytest.mark.slow
def test_groups_stay_together_and_the_seed_decides():
    pytest.importorskip("umap", reason="umap-learn is not installed: pip install -r requirements-map.txt")
    rng = np.random.default_rng(0)
    centres = np.repeat(np.eye(3, 12), 30, axis=0)
    vectors = centres + rng.normal(scale=0.05, size=centres.shape)
    places = project(vectors, 10, 3)
    assert places.min() >= 0
    assert places.max() <= 1
    assert np.ptp(places, axis=0).max() == pytest.approx(1)
    away = np.linalg.norm(places[:, None] - places[None], axis=2)
    np.fill_diagonal(away, np.inf)
    assert (away.argmin(1) // 30 == np.arange(90) // 30).all()
    assert project(vectors, 10, 3).tolist() == places.tolist()
    assert project(vectors, 10, 4).tolist() != places.tolist()


@pytest.mark.slow
def test_the_stage_writes_places_of_living_neurons(tmp_path, capsys):
    pytest.importorskip("umap", reason="umap-learn is not installed: pip install -r requirements-map.txt")
    directory = make_atlas(tmp_path, Making())
    before = Atlas(directory).neurons
    assert main(["project", str(directory), "--on", "directions", "--neighbours", "5", "--seed", "2"]) == 0
    atlas = Atlas(directory)
    assert atlas.manifest.map.model_dump() == {"of": "directions", "method": "UMAP", "neighbours": 5, "seed": 2}
    placed = atlas.neurons["map_x"].notna()
    assert placed.tolist() == (before["max"] > 0).tolist()
    assert atlas.neurons["ms_dinov2-drawn"].equals(before["ms_dinov2-drawn"])
    assert "59 neurons of atlas drawings have a place on its map, by directions" in capsys.readouterr().out
