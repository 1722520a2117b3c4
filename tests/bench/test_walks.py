"""The walks that ARCHITECTURE.md tells, held against the pages with real models."""

import re

import pytest

from tests.bench.house import walk_pages
from tests.imports import ROOT

pytestmark = pytest.mark.slow


def test_the_walks_are_no_longer_than_told():
    told = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    for (page, walk), title in zip(walk_pages().items(), ("Image → neurons", "Slider → text"), strict=True):
        (table,) = re.findall(rf"{title}, (\d+) files:.*?\| on the stack, (\d+):", told, re.DOTALL)
        rooms, stack = map(int, table)
        assert 5 < len(walk.rooms) <= rooms, (page, walk.rooms)
        assert 5 < len(walk.stack) <= stack, (page, walk.stack)
