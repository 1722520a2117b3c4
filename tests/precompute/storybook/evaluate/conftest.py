"""Scenes that several files test with: drawn once."""

import pytest

from explorer.atlas.atlas import Atlas
from precompute.storybook.evaluate.scenes import Scenes, draw_scenes
from tests.precompute.making import BUILT_IN


@pytest.fixture(scope="session")
def scenes() -> Scenes:
    return draw_scenes(100, workers=1)


@pytest.fixture(scope="session")
def patches() -> Atlas:
    """The built-in atlas that reads patches."""
    return Atlas(BUILT_IN / "storybook-patches")
