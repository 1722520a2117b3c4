"""Synthetic atlases shared by the tests of the pages."""

from pathlib import Path

import pytest

from explorer.atlas.atlas import Atlas, Library, open_library
from tests.making import Making, make_atlas

HOSTILE = ("<script>alert(1)</script>", '"><img src=x onerror=alert(2)>', "${alert(3)} {{7*7}} %(x)s {0}")


@pytest.fixture(scope="session")
def atlases_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("atlases")
    make_atlas(root, Making(name="drawings", labels=HOSTILE, library="transformers"))
    make_atlas(root, Making(name="plain", neurons=30, grid=None, similarities=("dinov2-drawn",), levels=1, dead=2))
    return root


@pytest.fixture(scope="session")
def library(atlases_root: Path) -> Library:
    return open_library([atlases_root])


@pytest.fixture(scope="session")
def atlas(library: Library) -> Atlas:
    return library.atlases["drawings"]
