"""The atlas's manifest: what the atlas was made from, with what, and how well that went.

`manifest.json` is written last, so its presence means that the atlas is complete. It comes from anywhere (a download,
a stranger), so it is validated field by field and its paths may only name a directory beside the atlas.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from explorer.errors import UserError, mending

SCHEMA_VERSION = 2
MANIFEST = "manifest.json"

Slug = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,80}$")]  # a name that is safe as a file, column or address


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ModelInfo(_Frozen):
    """A model by the name it loads under, and a hash that tells whether it is still the same."""

    name: Slug  # short, for people: "clip-vit-large-patch14"
    source: str  # Hub id, `open_clip:ARCH/TAG`, or a directory relative to the atlas
    local: bool  # the source is such a directory
    library: Literal["transformers", "open_clip", "none"]  # `none`: its vectors were brought as a file
    weights: str  # hash of the weights, or of the brought file
    width: int  # of the vectors it gave


class TapInfo(_Frozen):
    """Where the activations were read."""

    name: str  # as given: "22:cls", "projection"
    tokens: int  # vectors per image
    grid: tuple[int, int] | None = None  # rows and columns of patches, where the tokens are patches
    crop: float | None = None  # side of the centred square that the encoder saw, as a share of a picture's shorter side;
    #                            None: it saw the whole picture, squeezed to its own shape


class SaeInfo(_Frozen):
    """The dictionary whose neurons the atlas shows."""

    kind: Literal["batchtopk", "matryoshka", "none"]  # `none`: the tap's own dimensions, the baseline
    neurons: Annotated[int, Field(gt=0)]  # ω
    width: Annotated[int, Field(gt=0)]  # d
    k: int | None = None  # mean number of active neurons per vector
    group_sizes: tuple[int, ...] = ()  # neurons per level, coarsest first
    seed: int | None = None
    steps: int | None = None
    sha256: str | None = None  # of sae.safetensors


class Skipped(_Frozen):
    """An image that could not be used, and why."""

    key: str
    reason: str


class DatasetInfo(_Frozen):
    """The images the neurons were scored on."""

    name: str
    fingerprint: str  # hash of every image's content, key and label
    images: int  # used
    skipped: tuple[Skipped, ...] = ()


class MsSummary(_Frozen):
    """MS over the living neurons, for one similarity encoder."""

    best: float | None  # None where every neuron is dead
    mean: float | None
    alive: int


class Metrics(_Frozen):
    """How faithful, how sparse, how monosemantic."""

    r2: float | None  # 1 − residual variance / variance, over the scored vectors; None for the baseline
    l0: float  # mean active neurons per vector
    dead: int  # neurons that never fired on the scored images
    ms: dict[Slug, MsSummary]  # by similarity encoder
    overlapping_pairs: int  # pairs of neurons whose top images are not all different (PAPER.md §3, uniqueness)
    alike_pairs: int  # pairs whose sets of top images have a Jaccard index above 0.5


FITS = 0.75  # nats by which a name must fit a neuron's images better than those of others, to be one
STEERS = 0.5  # share of pictures on which a neuron must bring a word into answers, and take it away, to be called by it


class NamesInfo(_Frozen):
    """Where the neurons' names from images come from."""

    model: str  # with towers for pictures and texts
    vocabulary: str
    words: int


class SteeringInfo(_Frozen):
    """Where the words that neurons steer to come from."""

    model: str
    prompt: str
    pictures: int  # that each neuron was raised on


class Manifest(_Frozen):
    """Everything about an atlas that is not a table."""

    schema_version: int
    name: Slug
    created: str  # ISO 8601, UTC
    encoder: ModelInfo
    tap: TapInfo
    sae: SaeInfo
    dataset: DatasetInfo
    image_store: Slug  # directory beside the atlas
    similarity: Annotated[tuple[ModelInfo, ...], Field(min_length=1)]  # the first is the one sorted by
    pooling: Literal["max", "mean"]  # how an image's tokens make one activation
    metrics: Metrics
    versions: dict[str, str]
    names: NamesInfo | None = None  # until somebody describes the atlas
    steering: SteeringInfo | None = None


def slug(name: str) -> str:
    """A name made safe: what is not a letter, digit or one of ._- becomes a hyphen."""
    kept = "".join(letter if letter.isascii() and (letter.isalnum() or letter in "._-") else "-" for letter in name)
    return kept.strip(".-_")[:80] or "unnamed"


def ms_column(similarity: str) -> str:
    """The column of `neurons.parquet` that holds MS by this similarity encoder."""
    return f"ms_{similarity}"


def read_manifest(directory: Path) -> Manifest:
    """Read and validate the manifest of the atlas in `directory`.

    Raises:
        UserError: if there is none, it is of another schema version, or it is damaged.
    """
    try:
        text = (directory / MANIFEST).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(_why_unreadable(directory)) from error
    _require_version(directory, text)
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise UserError(
            f"atlas {directory}: its {MANIFEST} is damaged ({where}: {first['msg']}); {mending(directory)}"
        ) from error


def _why_unreadable(directory: Path) -> str:
    if not directory.is_dir():
        return f"atlas {directory}: there is no such directory; give the directory that `precompute atlas --out` wrote"
    return f"atlas {directory}: no readable {MANIFEST}, so it is not an atlas or was not finished; run its build again"


def _require_version(directory: Path, text: str) -> None:
    class Version(BaseModel):
        schema_version: int

    try:
        found = Version.model_validate_json(text).schema_version
    except ValidationError as error:
        raise UserError(f"atlas {directory}: its {MANIFEST} has no schema_version; {mending(directory)}") from error
    if found != SCHEMA_VERSION:
        how = "update Monoscope" if found > SCHEMA_VERSION else "build it again with this Monoscope"
        raise UserError(f"atlas {directory} has schema version {found}, this Monoscope reads version {SCHEMA_VERSION}: {how}")
