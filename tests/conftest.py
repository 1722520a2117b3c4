"""What every test may use: real data beside the checkout, the same examples on every run, and what takes long to make, once.

The fixtures of a session are for reading. A test that changes files copies them first; one that damages, floods or kills the
explorer, or answers its study, serves one of its own.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from explorer.atlas.atlas import Atlas
from explorer.atlas.library import Library, open_library
from tests.making import Making, make_atlas
from tests.serving import STUDY_PASSWORD, Served, served

if TYPE_CHECKING:  # importing it would load torch
    from tests.explorer.models.steerable import Steerable

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # the suite never asks the Hub
# torch's threads sleep between two products of tiny matrices: spinning, they take eight times the time where cores are shared.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

settings.register_profile("suite", deadline=None, derandomize=True)  # timings never decide a test
settings.load_profile("suite")

REAL = Path(__file__).resolve().parents[2] / "shared" / "real"
HOSTILE = ("<script>alert(1)</script>", '"><img src=x onerror=alert(2)>', "${alert(3)} {{7*7}} %(x)s {0}")
HOSTILE_IN_A_BROWSER = (
    "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>",
    "${document.title='owned'} {{7*7}}",
)


@pytest.fixture(scope="session")
def real() -> Path:
    """The directory of real photographs and models; the test is skipped where it is absent."""
    if not REAL.is_dir():
        pytest.skip("real data (../shared/real) is absent: this test needs its photographs")
    return REAL


@pytest.fixture(scope="session")
def atlases_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Synthetic atlases: `drawings`, and `plain`, whose activations were brought."""
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


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> "Steerable":
    """Pictures, atlases and a model small enough to steer in seconds."""
    from tests.explorer.models.steerable import make_steerable

    return make_steerable(tmp_path_factory.mktemp("steerable"))


@pytest.fixture(scope="session")
def site(atlases_root: Path, world: "Steerable", tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The explorer, served: the atlases of `world`, with its model; those of `atlases_root`; and `shapes`, of several pages."""
    shapes = tmp_path_factory.mktemp("shapes")
    make_atlas(shapes, Making(name="shapes", neurons=120, labels=HOSTILE_IN_A_BROWSER, library="transformers"))
    with served(
        world.atlases, atlases_root, shapes, MONOSCOPE_VLM=str(world.llava), MONOSCOPE_STUDY_PASSWORD=STUDY_PASSWORD
    ) as site:
        yield site
