"""Map: where an atlas's neurons lie in two dimensions, and what to colour them by."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from explorer.atlas.atlas import Atlas
from explorer.atlas.manifest import FITS, STEERS
from explorer.errors import VisitorError
from explorer.operations.names import MOST
from explorer.operations.results import Result

GROUPS = 12  # of the commonest names, that are told apart on a map
SOME = 400  # points of a group that its thickest place is looked for among
FEWEST = 3  # neurons of one name that make a group


@dataclass(frozen=True)
class MapGroup(Result):
    """Neurons of one name."""

    name: str
    count: int
    x: float
    """Where they lie thickest."""
    y: float


@dataclass(frozen=True)
class MapPoints(Result):
    """Every neuron that has a place, in the order of their numbers."""

    neuron: Int[np.ndarray, " n"]
    x: Float[np.ndarray, " n"]
    """0 to 1, no unit: neurons whose images, or directions, are alike lie near each other."""
    y: Float[np.ndarray, " n"]
    ms: Float[np.ndarray, " n"]
    """NaN where it has none."""
    level: Int[np.ndarray, " n"]
    density: Float[np.ndarray, " n"]
    """Share of the scored images that it fires on."""
    steerability: Float[np.ndarray, " n"]
    """Share of answers that it brings its word into; NaN where that was not tried."""
    group: Int[np.ndarray, " n"]
    """Place in `groups`; −1: of none."""
    groups: tuple[MapGroup, ...]
    """The commonest names, the commonest first."""


def map_points(atlas: Atlas, similarity: str | None = None) -> MapPoints:
    """The map of an atlas.

    Args:
        similarity: the encoder of `ms`; the atlas's main one if None.

    Raises:
        VisitorError: if nobody has laid out its neurons.
    """
    if atlas.manifest.map is None:
        raise VisitorError(f"atlas {atlas.name} has no map yet: python -m precompute project makes one")
    table = atlas.neurons
    x, y = (table[column].to_numpy() for column in ("map_x", "map_y"))
    (neuron,) = np.nonzero(np.isfinite(x) & np.isfinite(y))
    names = names_of(atlas)[neuron]
    groups = _groups(names, x[neuron], y[neuron])
    places = {group.name: place for place, group in enumerate(groups)}
    return MapPoints(
        neuron,
        x[neuron],
        y[neuron],
        atlas.ms(similarity)[neuron],
        table["level"].to_numpy()[neuron],
        table["density"].to_numpy()[neuron],
        table["steerability"].to_numpy()[neuron],
        np.array([places.get(name, -1) for name in names], np.int64),
        groups,
    )


def names_of(atlas: Atlas) -> np.ndarray:
    """The name that each neuron goes by, "" where it has none: `neuron_name` of all neurons at once, but for mixed labels."""
    table, names = atlas.neurons, atlas.manifest.names
    found = np.where(table["label_share"].to_numpy() >= MOST, table["label"].to_numpy(object), "")
    if names and names.calibrated:
        found = np.where(table["name_score"].to_numpy() >= FITS, table["name"].to_numpy(object), found)
    found = np.where(table["steerability"].to_numpy() >= STEERS, table["steers"].to_numpy(object), found)
    for neuron, given in atlas.curated.items():
        found[neuron] = given.name
    return found


def _groups(names: np.ndarray, x: Float[np.ndarray, " n"], y: Float[np.ndarray, " n"]) -> tuple[MapGroup, ...]:
    found = []
    for name, count in Counter(filter(None, names.tolist())).most_common(GROUPS):
        if count >= FEWEST:
            mine = names == name
            found.append(MapGroup(name, count, *_thickest(x[mine], y[mine])))
    return tuple(found)


def _thickest(x: Float[np.ndarray, " n"], y: Float[np.ndarray, " n"]) -> tuple[float, float]:
    """The place of the point that has a third of the others nearest about it; of many points, some stand for all."""
    step = -(-len(x) // SOME)
    places = np.stack([x, y], axis=1)[::step].astype(np.float64)
    away = np.sort(np.linalg.norm(places[:, None] - places[None], axis=2), axis=1)
    best = places[away[:, -(-len(places) // 3)].argmin()]
    return float(best[0]), float(best[1])
