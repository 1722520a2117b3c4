"""What tests of precompute share."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from precompute import engines


@pytest.fixture(scope="module")
def ray_cluster() -> Iterator[Any]:
    """A real Ray cluster of this machine with room for two workers."""
    ray = pytest.importorskip("ray")
    os.environ.setdefault("RAY_DATA_DISABLE_PROGRESS_BARS", "1")
    ray.init(num_cpus=2, log_to_driver=False, include_dashboard=False, object_store_memory=200 * 2**20)
    yield ray
    ray.shutdown()
    engines.connected.cache_clear()
