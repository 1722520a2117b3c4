"""map_points: places, figures and groups of names, against the table and `neuron_name`."""

import json
from collections import Counter

import numpy as np
import pytest

from explorer.atlas.atlas import Atlas
from explorer.errors import VisitorError
from explorer.operations.map import FEWEST, map_points, names_of
from explorer.operations.names import neuron_name
from tests.making import Making, make_atlas
from tests.serving import ROOT


@pytest.fixture(scope="module")
def atlas(tmp_path_factory) -> Atlas:
    return Atlas(make_atlas(tmp_path_factory.mktemp("map"), Making(mapped=True)))


def test_every_neuron_with_a_place(atlas):
    points = map_points(atlas)
    table = atlas.neurons[atlas.neurons["map_x"].notna()]
    assert points.neuron.tolist() == table["neuron"].tolist()
    assert len(points.neuron) == 59
    assert points.x.tolist() == table["map_x"].tolist()
    assert points.ms.tolist() == table["ms_dinov2-drawn"].tolist()
    assert map_points(atlas, "clip-drawn").ms.tolist() == table["ms_clip-drawn"].tolist()
    json.dumps(points.as_dict(), allow_nan=False)


def test_groups_are_the_commonest_names(atlas):
    points = map_points(atlas)
    names = [
        named.name if named.source != "mixed label" else "" for named in (neuron_name(atlas, n) for n in points.neuron.tolist())
    ]
    common = Counter(filter(None, names))
    assert [group.count for group in points.groups] == sorted((c for c in common.values() if c >= FEWEST), reverse=True)[:12]
    for place, group in enumerate(points.groups):
        mine = [i for i, name in enumerate(names) if name == group.name]
        assert np.flatnonzero(points.group == place).tolist() == mine
        assert group.count == common[group.name]
        away = [sorted(np.hypot(points.x[mine] - points.x[i], points.y[mine] - points.y[i])) for i in mine]
        thickest = mine[min(range(len(mine)), key=lambda i: away[i][-(-len(mine) // 3)])]
        assert (group.x, group.y) == pytest.approx((points.x[thickest], points.y[thickest]))


@pytest.mark.parametrize("name", ["storybook", "storybook-patches", "storybook-baseline"])
def test_names_at_once_are_names_one_by_one(name):
    atlas = Atlas(ROOT / "assets/storybook/atlases" / name)
    one_by_one = [neuron_name(atlas, neuron) for neuron in range(len(atlas))]
    assert names_of(atlas).tolist() == ["" if named.source == "mixed label" else named.name for named in one_by_one]


def test_without_a_map(tmp_path):
    with pytest.raises(VisitorError, match="has no map yet"):
        map_points(Atlas(make_atlas(tmp_path, Making())))
