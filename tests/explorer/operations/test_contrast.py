"""contrast: which neurons two pictures share, against their readings one by one."""

import numpy as np
import pytest
from PIL import Image

from explorer.atlas.atlas import Atlas
from explorer.errors import VisitorError
from explorer.model_pool import ModelPool
from explorer.operations.contrast import contrast
from explorer.operations.images import NamedImage, named
from explorer.operations.read import ORDERS, Order, Reading, read


@pytest.fixture(scope="module")
def atlas(world) -> Atlas:
    return Atlas(world.atlases / "patches")


@pytest.fixture(scope="module")
def pool() -> ModelPool:
    return ModelPool()


@pytest.fixture(scope="module")
def images(world) -> list[NamedImage]:
    return [named(Image.open(world.pictures / kind / "00.png").convert("RGB")) for kind in ("class0", "class2")]


def readings(pool: ModelPool, atlas: Atlas, images: list[NamedImage], order: Order) -> list[Reading]:
    return [read(pool, atlas, image, len(atlas), order) for image in images]


@pytest.mark.parametrize("order", ORDERS)
def test_every_firing_neuron_is_of_one_kind(pool, atlas, images, order):
    one, other = readings(pool, atlas, images, order)
    places = [[n.neuron for n in reading.neurons] for reading in (one, other)]
    found = contrast(pool, atlas, *images, limit=len(atlas), order=order)
    assert [n.neuron for n in found.only_first] == [n for n in places[0] if n not in places[1]]
    assert [n.neuron for n in found.only_second] == [n for n in places[1] if n not in places[0]]
    shared = [n.first.neuron for n in found.shared]
    assert shared == [n.second.neuron for n in found.shared]
    assert sorted(shared) == sorted({*places[0]} & {*places[1]})
    worse = [max(places[0].index(n), places[1].index(n)) for n in shared]
    assert worse == sorted(worse)
    assert found.counts == (len(found.shared), len(found.only_first), len(found.only_second))
    assert len(found.shared) > 0


def test_the_figures_are_those_of_the_readings(pool, atlas, images):
    one, other = readings(pool, atlas, images, "strongest")
    found = contrast(pool, atlas, *images, limit=3)
    first, second = ({n.neuron: n for n in reading.neurons} for reading in (one, other))
    for shared in found.shared:
        assert shared.first.as_dict() == first[shared.first.neuron].as_dict()
        assert shared.second.as_dict() == second[shared.second.neuron].as_dict()
    assert found.r2 == (one.r2, other.r2)
    assert np.array_equal(found.missed[1], other.missed)  # type: ignore[arg-type]
    assert max(len(found.shared), len(found.only_first), len(found.only_second)) <= 3


def test_a_picture_shares_all_with_itself(pool, atlas, images):
    found = contrast(pool, atlas, images[0], images[0])
    assert found.counts[1:] == (0, 0)
    assert [n.first.neuron for n in found.shared] == [n.neuron for n in read(pool, atlas, images[0], 12).neurons]


def test_no_neurons_are_refused(pool, atlas, images):
    with pytest.raises(VisitorError, match="at least 1"):
        contrast(pool, atlas, *images, limit=0)
