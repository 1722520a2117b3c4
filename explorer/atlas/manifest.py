"""The atlas's manifest: what the atlas was made from, with what, how well that went, and what its files are.

It comes from anywhere (a download, a stranger), so every number, name and length has bounds, and what is told twice must agree.
`explorer.atlas.manifest_file` reads and writes it.
"""

import re
from pathlib import PurePosixPath, PureWindowsPath
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

SCHEMA_VERSION = 7
# 6 had no `where`; 5 no `l1` and `mono`; 4 no `map`, `search` and `words`; 3 no `floor`, and its `best` was of all living
# neurons, see `without_best`.
READABLE = (3, 4, 5, 6, SCHEMA_VERSION)
MANIFEST = "manifest.json"
NEURONS, TOPS, DIRECTIONS, CONCEPTS = "neurons.parquet", "tops.parquet", "directions.faiss", "concepts.faiss"
SAE_WEIGHTS, SAE_CONFIG = "sae.safetensors", "sae.json"
MEANINGS = "meanings.safetensors"  # each neuron's images in a text tower's space, see `SearchInfo`
WIDEST, MOST_NEURONS = 2**16, 2**20  # d and ω; twice the largest models' d, and the SAEs made of them
LONGEST_LABEL, LONGEST_KEY = 1000, 4096  # characters of a label or name, and of a picture's place in its set
MOST_SKIPPED = 10_000  # told one by one; the record of extract has all

Slug = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,80}$")]  # a name that is safe as a file, column or address
Text = Annotated[str, Field(max_length=LONGEST_LABEL)]
Count = Annotated[int, Field(ge=0, le=10**12)]
Width = Annotated[int, Field(ge=1, le=WIDEST)]
Weight = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]  # of a term of a loss
Neurons = Annotated[int, Field(ge=1, le=MOST_NEURONS)]
Side = Annotated[int, Field(ge=1, le=1024)]  # patches
Ms = Annotated[float, Field(ge=-1.001, le=1.001)]  # a mean of cosines, with its rounding
Finite = Annotated[float, Field(allow_inf_nan=False)]
FileName = Annotated[str, Field(pattern=r"^[a-z]+\.(parquet|faiss|safetensors|json)$")]
PartName = Annotated[str, Field(pattern=r"^part-[0-9a-f]{16}\.parquet$")]

_HUB = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}(/[A-Za-z0-9][A-Za-z0-9._-]{0,95})?")
_OPEN_CLIP = re.compile(r"open_clip:(hf-hub:)?[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}")


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class FileInfo(_Frozen):
    """What a file must be to be read."""

    bytes: Annotated[int, Field(ge=0, le=2**50)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class ModelInfo(_Frozen):
    """A model by the name it loads under, and a hash that tells whether it is still the same."""

    name: Slug  # short, for people: "clip-vit-large-patch14"
    source: Text  # Hub id, `open_clip:ARCH/TAG`, or a directory relative to the atlas
    local: bool  # the source is such a directory
    library: Literal["transformers", "open_clip", "none"]  # `none`: its vectors were brought as a file
    weights: Text  # hash of the weights, or of the brought file
    width: Width  # of the vectors it gave

    @model_validator(mode="after")
    def _source_is_of_its_kind(self) -> "ModelInfo":
        if self.local and (
            PurePosixPath(self.source).is_absolute() or PureWindowsPath(self.source).anchor or "\0" in self.source
        ):
            raise ValueError("a local source is a path relative to the atlas")
        if not self.local and self.library != "none" and not is_public_source(self.source):
            raise ValueError("a source is a Hub id, open_clip:ARCH/TAG, or local")
        return self


def is_public_source(source: str) -> bool:
    """Whether a source has the form of a Hub id or of open_clip's names, which no path with a dot, a root or `..` has."""
    return ".." not in source and bool(_HUB.fullmatch(source) or _OPEN_CLIP.fullmatch(source))


class TapInfo(_Frozen):
    """Where the activations were read."""

    name: Annotated[str, Field(max_length=64)]  # as given: "22:cls", "projection"
    tokens: Annotated[int, Field(ge=1, le=2**20)]  # vectors per image
    grid: tuple[Side, Side] | None = None  # rows and columns of patches, where the tokens are patches
    crop: Annotated[float, Field(gt=0, le=1)] | None = None  # side of the centred square that the encoder saw, as a share of a
    #                            picture's shorter side; None: it saw the whole picture, squeezed to its own shape

    @model_validator(mode="after")
    def _grid_is_the_tokens(self) -> "TapInfo":
        if self.grid is not None and self.grid[0] * self.grid[1] != self.tokens:
            raise ValueError(f"a grid of {self.grid[0]} × {self.grid[1]} patches is not {self.tokens} tokens")
        return self


class SaeInfo(_Frozen):
    """The dictionary whose neurons the atlas shows."""

    kind: Literal["batchtopk", "matryoshka", "topk", "relu", "none"]  # `none`: the tap's own dimensions, the baseline
    neurons: Neurons  # ω
    width: Width  # d
    k: Neurons | None = None  # mean number of active neurons per vector
    group_sizes: Annotated[tuple[Neurons, ...], Field(max_length=127)] = ()  # neurons per level, coarsest first
    seed: int | None = None
    steps: Count | None = None
    l1: Weight | None = None  # of the L1 penalty, where it was trained with one
    mono: Weight | None = None  # of MonoLoss, likewise
    sha256: Text | None = None  # of sae.safetensors, 32 digits

    @model_validator(mode="after")
    def _numbers_agree(self) -> "SaeInfo":
        if self.kind == "none" and (self.k is not None or self.group_sizes or self.neurons != self.width):
            raise ValueError("without an SAE the neurons are the tap's dimensions, with neither k nor groups")
        if self.kind != "none" and (self.k is None or self.k > self.neurons or sum(self.group_sizes) != self.neurons):
            raise ValueError(f"{self.neurons} neurons do not fit k = {self.k} and {len(self.group_sizes)} groups")
        return self


class Skipped(_Frozen):
    """An image that could not be used, and why."""

    key: Annotated[str, Field(max_length=LONGEST_KEY)]
    reason: Text


class DatasetInfo(_Frozen):
    """The images the neurons were scored on."""

    name: Text
    fingerprint: Text  # hash of every image's content, key and label
    images: Annotated[int, Field(ge=1, le=10**12)]  # used
    skipped: Annotated[tuple[Skipped, ...], Field(max_length=MOST_SKIPPED)] = ()  # the first of them


class MsSummary(_Frozen):
    """MS by one similarity encoder."""

    best: Ms | None  # of the neurons that fire on enough images, see `explorer.atlas.ranking`; None: none does, or not counted
    mean: Ms | None  # of the living; None where every neuron is dead
    alive: Count
    floor: Ms | None = None  # mean cosine of two different images of the set; None: the atlas was scored before it was measured


class Metrics(_Frozen):
    """How faithful, how sparse, how monosemantic."""

    r2: Annotated[float, Field(le=1)] | None  # 1 − residual variance / variance, over the scored vectors; None for the baseline
    l0: Annotated[float, Field(ge=0, le=MOST_NEURONS)]  # mean active neurons per vector
    dead: Count  # neurons that never fired on the scored images
    ms: dict[Slug, MsSummary]  # by similarity encoder
    overlapping_pairs: Count  # pairs of neurons whose top images are not all different (PAPER.md §3, uniqueness)
    alike_pairs: Count  # pairs whose sets of top images have a Jaccard index above 0.5


SCORE = "fit"  # how `name_score` is computed now, see `precompute.naming.fit`; the scores of earlier versions mean something else
FITS = 0.5  # least score of a name that is shown: about half as good as an image's own best word
STEERS = 0.5  # share of pictures on which a neuron must bring a word into answers, and take it away, to be called by it


class NamesInfo(_Frozen):
    """Where the neurons' names from images come from."""

    model: Text  # with towers for pictures and texts
    vocabulary: Text
    words: Count
    score: Literal["soft WPMI", "fit"] = "soft WPMI"  # what `name_score` is; where nothing is told, an earlier version's

    @property
    def calibrated(self) -> bool:
        """Whether FITS is a threshold of these scores; names of earlier versions are not shown until `describe` runs again."""
        return self.score == SCORE


Where = Literal["all", "middle"]  # of an image's patches, those that a neuron is set on, see `explorer.models.steering.region`


class SteeringInfo(_Frozen):
    """Where the words that neurons steer to come from."""

    model: Text
    prompt: Annotated[str, Field(max_length=10_000)]
    pictures: Count  # that each neuron was raised on
    words: Annotated[int, Field(ge=0, le=64)] = (
        0  # of a neuron that are kept at most, in column `says`; 0: there is no such column
    )
    where: Where = "all"  # the patches that each was raised on, in earlier versions all; lowered it was on all


class MapInfo(_Frozen):
    """Where the neurons' places on a map come from: columns `map_x` and `map_y`."""

    of: Literal["concepts", "directions"]  # the vectors that were laid out: neurons near each other have similar ones
    method: Text  # "UMAP"
    neighbours: Count
    seed: Annotated[int, Field(ge=0, lt=2**32)]


class SearchInfo(_Frozen):
    """What a text is compared with: the mean embedding of each neuron's images by the model of a text tower.

    `meanings.safetensors` holds `meanings` (neurons, width; unit rows, zero where there are no images) and `centre` (width; the
    mean image, which was taken off before), both float16.
    """

    model: ModelInfo  # with towers for images and texts; `weights` are those of its text tower


class Description(_Frozen):
    """Everything about an atlas that is neither a table nor a file."""

    schema_version: Literal[7]
    name: Slug
    created: Annotated[str, Field(max_length=40)]  # ISO 8601, UTC
    encoder: ModelInfo
    tap: TapInfo
    sae: SaeInfo
    dataset: DatasetInfo
    image_store: Slug  # directory beside the atlas
    similarity: Annotated[tuple[ModelInfo, ...], Field(min_length=1, max_length=16)]  # the first is the one sorted by
    pooling: Literal["max", "mean"]  # how an image's tokens make one activation
    metrics: Metrics
    versions: Annotated[dict[Slug, Text], Field(max_length=64)]
    names: NamesInfo | None = None  # until somebody describes the atlas
    steering: SteeringInfo | None = None
    map: MapInfo | None = None  # until somebody projects it
    search: SearchInfo | None = None  # until somebody describes it by a model with a text tower

    @model_validator(mode="after")
    def _parts_agree(self) -> "Description":
        names = [info.name for info in self.similarity]
        if len(set(names)) < len(names) or set(names) != set(self.metrics.ms):
            raise ValueError("similarity encoders and metrics.ms do not have the same names, each once")
        counts = [self.metrics.dead, *(summary.alive for summary in self.metrics.ms.values())]
        if max(counts) > self.sae.neurons or self.encoder.width != self.sae.width:
            raise ValueError("counts of neurons, or widths, contradict each other")
        return self


class Manifest(Description):
    """A description, sealed: what each file of the atlas, and each part of the image store that it needs, must be."""

    files: dict[FileName, FileInfo]  # of the atlas's directory, without the manifest
    images: Annotated[dict[PartName, FileInfo], Field(max_length=1_000_000)]  # of the image store

    @model_validator(mode="after")
    def _lists_all_files(self) -> "Manifest":
        if set(self.files) != set(file_names(self)):
            raise ValueError(f"files lists {sorted(self.files)}, not {sorted(file_names(self))}")
        return self


def without_best(metrics: Metrics) -> Metrics:
    """The metrics of version 3 or before, whose `best` was of all living neurons: it is left out."""
    return metrics.model_copy(update={"ms": {name: ms.model_copy(update={"best": None}) for name, ms in metrics.ms.items()}})


def file_names(about: Description) -> list[str]:
    """The files that an atlas consists of, without its manifest."""
    names = [NEURONS, TOPS, DIRECTIONS, CONCEPTS]
    names += [] if about.sae.kind == "none" else [SAE_WEIGHTS, SAE_CONFIG]
    return names + ([] if about.search is None else [MEANINGS])


def slug(name: str) -> str:
    """A name made safe: what is not a letter, digit or one of ._- becomes a hyphen."""
    kept = "".join(letter if letter.isascii() and (letter.isalnum() or letter in "._-") else "-" for letter in name)
    return kept.strip(".-_")[:80] or "unnamed"


def ms_column(similarity: str) -> str:
    """The column of `neurons.parquet` that holds MS by this similarity encoder."""
    return f"ms_{similarity}"
