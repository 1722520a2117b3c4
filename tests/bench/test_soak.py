"""The soak, in small: a few visitors of each kind for some seconds, who hardly think; and what its figures are made of."""

import pytest

from tests.bench.soak.__main__ import soak
from tests.bench.soak.ledger import Ledger
from tests.bench.soak.meters import Memory
from tests.bench.soak.visits import KINDS


@pytest.mark.slow
def test_visitors_of_all_kinds_meet_no_error():
    hurried = {name: kind._replace(looks=(0.4, 0.8)) for name, kind in KINDS.items()}
    found = soak(0.2, {"browse": 2, "upload": 1, "steer": 1, "study": 2}, hurried)
    assert found["errors"] == 0
    assert set(found["visits"]) >= {"browse", "document", "neuron", "picture", "steer", "study", "upload"}
    assert all(found[f"p95_{kind}_ms"] > 0 for kind in found["visits"])
    assert found["grew"]["uploads"] > 0.02
    assert found["rss_mb"] > 100


def test_another_answer_to_the_same_question_is_an_error():
    ledger = Ledger()
    for _ in range(2):
        ledger.same("who?", "#0001")
    with pytest.raises(AssertionError, match="who"):
        ledger.same("who?", "#0002")


def test_growth_is_that_of_the_last_tenth_over_the_settled_minute():
    memory = Memory()
    memory.samples = [(float(second), 100 if second < 300 else 200 if second < 1000 else 250) for second in range(1800)]
    assert memory.growth_percent(1800) == 25.0
    assert memory.growth_percent(600) == 100.0  # a sixth of it is second 100 to 120
