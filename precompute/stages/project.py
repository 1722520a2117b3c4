"""The stage project: a finished atlas → a place of each living neuron on a map."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import pyarrow as pa
import tyro

from explorer.atlas.atlas import Atlas
from explorer.atlas.format import replace_neurons
from explorer.atlas.manifest import CONCEPTS, DIRECTIONS, MapInfo
from explorer.atlas.search import open_index
from precompute.options import at_least
from precompute.projection import project

FILES = {"concepts": CONCEPTS, "directions": DIRECTIONS}


@dataclass(frozen=True)
class Project:
    """Lay out an atlas's neurons on a map, those beside each other whose images, or whose directions, are alike.

    Needs umap-learn: pip install -r requirements-map.txt

    Example: python -m precompute project atlases/photos
    """

    atlases: Annotated[tuple[Path, ...], tyro.conf.Positional]
    """Atlases; places of an earlier run are replaced."""
    on: Literal["concepts", "directions"] = "concepts"
    """concepts: each neuron's images, their mean embedding; directions: the decoder's rows, what a neuron writes."""
    neighbours: int = 15
    """Neurons that each one is held close to: few show small groups, many the whole."""
    seed: int = 0
    """The same seed gives the same map."""


def run(config: Project) -> None:
    """Write `map_x` and `map_y` into each atlas's table of neurons, and into its manifest where they come from.

    Raises:
        UserError: if an atlas cannot be read, or has too few living neurons, or umap-learn is not installed.
    """
    at_least(2, neighbours=config.neighbours)
    at_least(0, seed=config.seed)
    at_least(1, atlases=len(config.atlases))
    for directory in config.atlases:
        print(f"project: {_project(Atlas(directory), config)}")


def _project(atlas: Atlas, config: Project) -> str:
    vectors = open_index(atlas.files, FILES[config.on], len(atlas)).vectors()
    placed = (atlas.neurons["max"].to_numpy() > 0) & vectors.any(axis=1)
    places = np.full((len(atlas), 2), np.nan, np.float32)
    places[placed] = project(vectors[placed], config.neighbours, config.seed)
    source = MapInfo(of=config.on, method="UMAP", neighbours=config.neighbours, seed=config.seed)
    manifest = atlas.manifest.model_copy(update={"map": source})
    table = atlas.neurons.assign(map_x=places[:, 0], map_y=places[:, 1])
    replace_neurons(atlas.directory, manifest, pa.Table.from_pandas(table, preserve_index=False))
    return f"{int(placed.sum()):,} neurons of atlas {atlas.name} have a place on its map, by {config.on}"
