"""browse, neuron, top_images and names: on a synthetic atlas, against its tables read the obvious way."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from explorer.atlas.atlas import Atlas
from explorer.atlas.curated import CuratedName
from explorer.atlas.manifest import FITS, SCORE, STEERS, NamesInfo
from explorer.atlas.query import Query
from explorer.errors import VisitorError
from explorer.operations.browse import browse
from explorer.operations.names import NeuronName, neuron_name, neuron_names
from explorer.operations.neuron import Rank, Said, neuron, top_images
from explorer.operations.results import Result, as_frame
from tests.making import Making, make_atlas


@pytest.fixture(scope="module")
def atlas(tmp_path_factory) -> Atlas:
    return Atlas(make_atlas(tmp_path_factory.mktemp("atlas"), Making()))


def is_json(result: Result) -> dict:
    """What a program gets: strict JSON, without NaN."""
    return json.loads(json.dumps(result.as_dict(), allow_nan=False))


def test_a_page_has_the_figures_of_the_table(atlas):
    page = browse(atlas, Query(sort="density", size=10, page=1))
    table = pd.read_parquet(atlas.directory / "neurons.parquet")
    alive = table[table["max"] > 0].sort_values("density", ascending=False, kind="stable")
    expected = alive.iloc[10:20]
    assert [n.neuron for n in page.neurons] == expected["neuron"].tolist()
    assert [n.density for n in page.neurons] == expected["density"].tolist()
    assert [n.ms["clip-drawn"] for n in page.neurons] == expected["ms_clip-drawn"].tolist()
    assert (page.total, page.page, page.pages) == (59, 1, 6)
    assert [n["strongest"] for n in is_json(page)["neurons"]] == pytest.approx(expected["max"].tolist())


def test_a_dead_neuron_is_json_too(atlas):
    dead = int(np.flatnonzero(atlas.neurons["max"] == 0)[0])
    detail = neuron(atlas, dead)
    assert detail.dead
    assert detail.alpha is None
    told = is_json(detail)
    assert told["summary"]["ms"] == {"dinov2-drawn": None, "clip-drawn": None}
    assert told["bands"] == []
    assert top_images(atlas, dead) == []


def test_everything_about_a_neuron(atlas):
    detail, row = neuron(atlas, 7), atlas.neurons.iloc[7]
    assert detail.summary == browse(atlas, Query(text="#7")).neurons[0]
    assert detail.summary.floor == {"dinov2-drawn": None, "clip-drawn": None}
    assert detail.histogram.tolist() == list(row["histogram"])
    assert [n.neuron for n in detail.neighbours.nearest] == list(row["nearest"])
    assert [n.share for n in detail.neighbours.cofiring] == pytest.approx(list(row["cofiring_share"]))
    assert detail.fires_on == round(row["density"] * 96)
    assert detail.names == (neuron_name(atlas, 7),)
    assert detail.says == ()
    rank = detail.rank["dinov2-drawn"]
    assert rank == Rank(1 + (atlas.ms() > atlas.ms()[7]).sum(), 59, pytest.approx(100 * (atlas.ms() <= atlas.ms()[7]).sum() / 59))
    assert is_json(detail)["rank"]["dinov2-drawn"]["place"] == rank.place


def test_images_of_a_band(atlas):
    table = pd.read_parquet(atlas.directory / "tops.parquet")
    rows = table[(table["neuron"] == 7) & (table["band"] == "q90")]
    images = top_images(atlas, 7, "q90")
    assert [i.image for i in images] == rows["image"].tolist()
    assert [i.activation for i in images] == pytest.approx(rows["activation"].tolist())
    assert [i.label for i in images] == [atlas.images.about(image).label for image in rows["image"]]
    assert np.allclose(images[0].patches, np.reshape(rows["patches"].iloc[0], (7, 7)))
    assert len(top_images(atlas, 7, count=3)) == 3
    frame = as_frame(images)
    assert list(frame.columns) == ["image", "key", "label", "activation", "rank", "patches"]


@pytest.mark.parametrize("number", [-1, 64, 10**9])
def test_a_neuron_out_of_range_is_refused(atlas, number):
    for operation in (neuron, top_images):
        with pytest.raises(VisitorError, match="choose one of them"):
            operation(atlas, number)


def test_what_raising_a_neuron_says(atlas):
    said = neuron(named(atlas, says="boat sail", says_share=np.array([0.8, 0.4])), 7).says
    assert said == (Said("boat", 0.8), Said("sail", 0.4))


def test_of_equal_neurons_all_have_the_first_place(atlas):
    changed = Atlas(atlas.directory)
    best = np.argsort(-np.nan_to_num(changed.ms(), nan=-1.0))[:3]
    changed.neurons.loc[best[:2], "ms_dinov2-drawn"] = np.float32(0.99)
    ranks = [neuron(changed, int(number)).rank["dinov2-drawn"] for number in best]
    assert [rank.place for rank in ranks if rank] == [1, 1, 3]


def test_an_unknown_band_is_refused(atlas):
    with pytest.raises(VisitorError, match=r"choose one of top, q90, q50"):
        top_images(atlas, 7, "q1")


def named(atlas: Atlas, **values: object) -> Atlas:
    """The atlas, neuron 7 of it having these values."""
    changed = Atlas(atlas.directory)
    for column, value in values.items():
        changed.neurons[column] = changed.neurons[column].astype(object) if column in changed.neurons else None
        changed.neurons.at[7, column] = value
    changed.manifest = changed.manifest.model_copy(update={"names": NamesInfo(model="m", vocabulary="v", words=9, score=SCORE)})
    return changed


@pytest.mark.parametrize(
    ("values", "name", "source"),
    [
        ({"steerability": STEERS, "steers": "boat", "name_score": 9.0, "name": "ship"}, "boat", "steering"),
        ({"steerability": STEERS - 0.01, "steers": "boat", "name_score": FITS, "name": "ship"}, "ship", "images"),
        ({"name_score": FITS - 0.01, "name": "ship", "label": "sea", "label_share": 0.5}, "sea", "label"),
        ({"name_score": float("nan"), "label": "sea", "label_share": 0.49}, "sea", "mixed label"),
        ({"label": "", "label_share": 0.0}, "", "none"),
    ],
)
def test_where_a_name_comes_from(atlas, values, name, source):
    none = {"steerability": float("nan"), "steers": "", "name_score": float("nan"), "name": ""}
    found = neuron_name(named(atlas, **(none | values)), 7)
    assert (found.name, found.source) == (name, source)


def test_a_curators_name_wins_and_the_others_follow(atlas):
    described = named(atlas, steerability=STEERS, steers="boat", name_score=FITS, name="ship", label="sea", label_share=0.9)
    described.curated[7] = CuratedName("sailing boats", "Ada", "any colour")
    names = neuron_names(described, 7)
    assert names[0] == neuron_name(described, 7) == NeuronName("sailing boats", "curator", None, "Ada", "any colour")
    assert [(name.name, name.source) for name in names[1:]] == [("boat", "steering"), ("ship", "images"), ("sea", "label")]


def test_a_score_of_another_meaning_is_not_held_against_the_threshold(atlas):
    """An atlas that an earlier version described has soft WPMI there, which goes far above 1."""
    described = named(atlas, name_score=4.2, name="ship", label="sea", label_share=0.9, steerability=float("nan"))
    assert neuron_name(described, 7).name == "ship"
    earlier = NamesInfo.model_validate({"model": "m", "vocabulary": "v", "words": 9})  # as its manifest tells
    described.manifest = described.manifest.model_copy(update={"names": earlier})
    assert (neuron_name(described, 7).name, neuron_name(described, 7).source) == ("sea", "label")


def test_a_result_of_results_becomes_plain(atlas):
    page = browse(atlas, Query(size=2))
    assert as_frame(page.neurons)["neuron"].tolist() == [n.neuron for n in page.neurons]
    assert is_json(replace(page, total=3))["total"] == 3
