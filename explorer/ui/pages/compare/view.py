"""What the Compare page shows, from its address."""

from collections.abc import Mapping
from typing import NamedTuple

from explorer.atlas.atlas import Atlas
from explorer.operations.compare import MOST_NEURONS
from explorer.ui.address import Params, read_number


class Asked(NamedTuple):
    """The neurons that an address names."""

    found: list[tuple[Atlas, int]]
    missing: list[str]  # as the address writes them


def read_neurons(params: Params, atlases: Mapping[str, Atlas]) -> Asked:
    """The neurons of `neurons=ATLAS:NUMBER,ATLAS:NUMBER`, at most MOST_NEURONS."""
    asked = Asked([], [])
    for part in params.get("neurons", "").split(",")[:MOST_NEURONS]:
        name, _, number = part.strip().rpartition(":")
        atlas, neuron = atlases.get(name), read_number({"number": number}, "number")
        if atlas is not None and neuron is not None and neuron < len(atlas):
            asked.found.append((atlas, neuron))
        elif part.strip():
            asked.missing.append(part.strip()[:60])
    return asked


def shown(params: Params, atlases: Mapping[str, Atlas]) -> list[Atlas]:
    """The atlases whose images an address shows, besides the one that it names first."""
    if "neurons" in params:
        return [atlas for atlas, _ in read_neurons(params, atlases).found]
    first = atlases.get(params.get("atlas", "")) or next(iter(atlases.values()), None)
    other = atlases.get(other_of(params, first, atlases)) if first else None
    return [other] if other else []


def other_of(params: Params, atlas: Atlas, atlases: Mapping[str, Atlas]) -> str:
    """The name of the atlas to compare with, as the address has it; where it has none, another of the same images with an SAE,
    or any other.

    "" where there is no other.
    """
    if params.get("with"):
        return params["with"]
    others = [other for other in atlases.values() if other is not atlas]
    alike = [other for other in others if other.manifest.dataset.fingerprint == atlas.manifest.dataset.fingerprint]
    trained = [other for other in alike if other.manifest.sae.kind != "none"]
    return next((other.name for other in [*trained, *alike, *others]), "")
