import numpy as np
import pytest

from explorer.atlas.atlas import Atlas
from explorer.atlas.steerable import alpha_range, can_steer
from tests.making import Making, make_atlas


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    return make_atlas(tmp_path_factory.mktemp("steerable"), Making(neurons=16))


@pytest.fixture
def atlas(directory) -> Atlas:
    """Opened for each test, which may change its table."""
    return Atlas(directory)


@pytest.mark.parametrize(
    ("strongest", "low", "high", "step"),
    [
        (2.0, -2.0, 4.0, 0.1),
        (41.6, -41.6, 83.2, 2.08),
        (0.0123, -0.0123, 0.0246, 0.000615),
        (123456.0, -123400.0, 246800.0, 6170.0),
    ],
)
def test_the_range_by_hand(atlas, strongest, low, high, step):
    atlas.neurons.loc[0, "max"] = strongest
    found = alpha_range(atlas, 0)
    assert found is not None
    assert (found.low, found.high, found.step) == pytest.approx((low, high, step), rel=1e-9)
    assert found.strongest == pytest.approx(strongest, rel=1e-6)


def test_the_range_reaches_as_far_as_the_neuron_was_found_to_steer(atlas):
    atlas.neurons.loc[0, ["max", "steer_alpha"]] = (2.0, 8.0)
    found = alpha_range(atlas, 0)
    assert found is not None
    assert (found.low, found.high, found.step) == pytest.approx((-2.0, 8.0, 0.1), rel=1e-6)
    atlas.neurons.loc[0, "steer_alpha"] = 2.0
    found = alpha_range(atlas, 0)
    assert found is not None
    assert found.high == pytest.approx(4.0)


def test_off_is_on_the_slider_for_every_neuron(atlas):
    for neuron in range(1, 16):
        found = alpha_range(atlas, neuron)
        if found is None:
            assert atlas.neurons["max"][neuron] == 0
            continue
        assert found.low < 0 < found.strongest < found.high
        assert round(found.low / found.step) * found.step == pytest.approx(found.low)
        assert abs(found.high / found.strongest - 2) < 0.011


def test_a_dead_neuron_has_none(atlas):
    atlas.neurons.loc[1, "max"] = 0.0
    assert alpha_range(atlas, 1) is None


@pytest.mark.parametrize(
    ("tap", "kind", "can"),
    [
        ("22:patches", "matryoshka", True),
        ("3:random:2", "batchtopk", True),
        ("22:cls", "matryoshka", False),
        ("22:mean", "batchtopk", False),
        ("projection", "matryoshka", False),
        ("22:patches", "none", False),
    ],
)
def test_which_atlases_can_steer(atlas, tap, kind, can, monkeypatch):
    manifest = atlas.manifest
    changed = {"tap": manifest.tap.model_copy(update={"name": tap}), "sae": manifest.sae.model_copy(update={"kind": kind})}
    monkeypatch.setattr(atlas, "manifest", manifest.model_copy(update=changed))
    assert can_steer(atlas) is can


def test_the_range_is_of_plain_numbers(atlas):
    alive = int(np.flatnonzero(atlas.neurons["max"] > 0)[0])
    assert [type(value) for value in alpha_range(atlas, alive) or ()] == [float] * 4 + [type(None)]
