"""Atlases: what there is to ask about."""

from dataclasses import dataclass

from explorer.atlas.atlas import Atlas
from explorer.atlas.library import Library
from explorer.atlas.steerable import can_steer
from explorer.operations.results import Result


@dataclass(frozen=True)
class AtlasSummary(Result):
    """What an atlas was made from, and what can be done with it."""

    atlas: str
    """Its name."""
    encoder: str
    tap: str
    """Where the activations were read: block and tokens, or projection."""
    sae: str
    """Kind of the sparse autoencoder; none: the neurons are the encoder's own dimensions."""
    neurons: int
    dead: int
    """Neurons that fire on no image."""
    images: int
    """That the neurons were scored on."""
    levels: int
    """Matryoshka groups."""
    similarities: tuple[str, ...]
    """Similarity encoders that MS is known by, the main one first."""
    can_read: bool
    """Whether `read` works: its encoder is known."""
    can_steer: bool
    """Whether `steer` works: its neurons are read where a vision-language model reads."""
    content_note: str
    """What to know before looking at its images; "" where there is nothing."""


def atlases(library: Library) -> list[AtlasSummary]:
    """All open atlases."""
    return [_summary(atlas) for atlas in library.atlases.values()]


def can_read(atlas: Atlas) -> bool:
    """Whether new pictures can be read: its encoder is known; not where activations were brought as a file."""
    return atlas.manifest.encoder.library != "none"


def _summary(atlas: Atlas) -> AtlasSummary:
    about = atlas.manifest
    return AtlasSummary(
        atlas.name,
        about.encoder.name,
        about.tap.name,
        about.sae.kind,
        len(atlas),
        about.metrics.dead,
        about.dataset.images,
        max(1, len(about.sae.group_sizes)),
        tuple(atlas.similarities),
        can_read(atlas),
        can_steer(atlas),
        atlas.entry.content_note,
    )
