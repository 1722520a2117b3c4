"""The collector as it is found is the collector as it is left."""

import gc
import weakref

import pytest

from explorer import garbage


def test_nothing_is_collected_inside_not_even_after_a_block_within():
    with garbage.put_off():
        with garbage.put_off():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_an_error_leaves_it_on():
    with pytest.raises(ZeroDivisionError), garbage.put_off():
        _ = 1 / 0
    assert gc.isenabled()


def test_what_stays_is_looked_at_no_more():
    frozen = gc.get_freeze_count()
    try:
        with garbage.put_off(stays=True):
            kept = [{number: []} for number in range(1000)]
        assert gc.get_freeze_count() - frozen >= len(kept)
        assert not any(thing is kept for thing in gc.get_objects())
    finally:
        gc.unfreeze()


def test_what_may_go_is_collected_after_the_block():
    with garbage.put_off():
        ring = Ring()
        ring.itself = ring
        gone = weakref.ref(ring)
        del ring
    gc.collect()
    assert gone() is None


class Ring:
    itself: "Ring"
