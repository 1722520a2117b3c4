"""The map's points as bytes, read back the obvious way."""

import struct

import numpy as np

from explorer.operations.map import MapPoints
from explorer.ui.routes.map_points import UNKNOWN, pack

NAN = float("nan")


def test_bytes_by_hand():
    points = MapPoints(
        neuron=np.array([3, 70_000]),
        x=np.array([0.0, 1.0], np.float32),
        y=np.array([0.5, 2.0], np.float32),
        ms=np.array([1.0, NAN], np.float32),
        level=np.array([0, 3], np.int8),
        density=np.array([1.0, 1e-5], np.float32),
        steerability=np.array([0.5, -0.2], np.float32),
        group=np.array([0, -1]),
        groups=(),
    )
    expected = struct.pack("<I2I4H", 2, 3, 70_000, 0, 32768, 65535, 65535)
    expected += bytes([254, UNKNOWN, 0, 3, 254, 0, 127, 0, 0, UNKNOWN])
    assert pack(points) == expected


def test_a_neuron_that_fires_nowhere_has_the_least_density():
    one = np.zeros(1)
    points = MapPoints(one.astype(int), one, one, one, one, one, one, one, ())
    assert pack(points)[4 + 4 + 4 + 2] == 0
