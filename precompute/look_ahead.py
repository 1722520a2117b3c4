"""Options and models of an atlas, checked before its first image is read: what is wrong is told in seconds, not after hours."""

from collections.abc import MutableMapping
from pathlib import Path
from typing import NamedTuple, cast

from explorer.models.encoders.base import VisionEncoder
from explorer.models.sae import sae_config
from explorer.models.sae.config import KINDS, Kind
from explorer.models.sae.importing import import_sae
from precompute.activations import Activations
from precompute.forecast import Reading, step_seconds, told_reading, told_training, try_encoder
from precompute.options import given_as
from precompute.stage_record import FINISHED, stage_directory
from precompute.stages import extract
from precompute.training.trainer import BATCH, Plan


class Sae(NamedTuple):
    """What is asked of the SAE."""

    name: str  # a kind, `none`, or a released one
    expansion: float
    k: int
    fractions: tuple[float, ...]
    steps: int | None


class Extractions(NamedTuple):
    """What an atlas extracts; `out` of each is the work directory."""

    scored: extract.Extract
    trained_on: extract.Extract | None  # where the SAE learns from other images
    similarity: list[extract.Extract]


def look_ahead(wanted: Extractions, sae: Sae, known: MutableMapping[extract.Extract, Reading] | None = None) -> list[str]:
    """Check everything; returns what the run will do, a line a part.

    Args:
        known: what extractions give, where several atlases are looked at; grows.

    Raises:
        UserError: for the first option that is wrong.
    """
    released = None if sae.name in (*KINDS, "none") else import_sae(sae.name)
    known = {} if known is None else known
    readings = [scored] = [_reading(wanted.scored, known)]
    if wanted.trained_on is not None:
        with given_as("--train-images", "--images"):
            readings.append(_reading(wanted.trained_on, known))
    vectors = readings[-1]
    with given_as("--similarity", "--encoder"):
        readings += [_reading(config, known) for config in wanted.similarity]
    if released is not None:
        released.require_width(scored.width)
    training = f"trains {_training(sae, vectors)}" if sae.name in KINDS else ""
    reading = told_reading(readings)
    return [line for line in (reading and f"reads {reading}", training) if line]


def _training(sae: Sae, vectors: Reading) -> str:
    """What training takes; refuses a shape that no SAE can have."""
    shape = sae_config(cast(Kind, sae.name), vectors.width, sae.expansion, sae.k, sae.fractions)
    plan = Plan.of(vectors.images * vectors.tokens, BATCH, sae.steps, seed=0)
    return told_training(shape, plan, step_seconds(shape, plan.batch))


def _reading(config: extract.Extract, known: MutableMapping[extract.Extract, Reading]) -> Reading:
    if config not in known:
        known[config] = _read(config)
    return known[config]


def _read(config: extract.Extract) -> Reading:
    """What an extraction gives for each image: as it is on disk, or as the encoder or the brought file tells."""
    images = len(extract.open_items(config).keys)
    out = stage_directory(config.out, "extract", extract.request(config))
    if (out / FINISHED).is_file():
        done = Activations(out)
        return Reading(out.name, done.images, done.tokens, done.width, seconds=0.0)
    extractor = extract.Extractor(config)
    extractor.check_rows(images)
    if extractor.brought is not None:
        return Reading(Path(config.activations or "").name, images, 1, extractor.brought.shape[1], seconds=0.0)
    return try_encoder(cast(VisionEncoder, extractor.encoder), extractor.tap, images)
