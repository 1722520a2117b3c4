"""What every test may use: real data beside the checkout, and the same examples on every run."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # the suite never asks the Hub

settings.register_profile("suite", deadline=None, derandomize=True)  # timings never decide a test
settings.load_profile("suite")

REAL = Path(__file__).resolve().parents[2] / "shared" / "real"


@pytest.fixture(scope="session")
def real() -> Path:
    """The directory of real photographs and models; the test is skipped where it is absent."""
    if not REAL.is_dir():
        pytest.skip("real data (../shared/real) is absent: this test needs its photographs")
    return REAL
