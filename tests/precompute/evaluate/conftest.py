"""Scenes that several files test with: drawn once."""

from pathlib import Path

import pytest

from explorer.atlas.atlas import Atlas
from precompute.evaluate.scenes import Scenes, draw_scenes

BUILT_IN = Path(__file__).resolve().parents[3] / "assets" / "storybook" / "atlases"


@pytest.fixture(scope="session")
def scenes() -> Scenes:
    return draw_scenes(100, workers=1)


@pytest.fixture(scope="session")
def patches() -> Atlas:
    """The built-in atlas that reads patches."""
    return Atlas(BUILT_IN / "storybook-patches")
