"""All stages in one go: a folder of images and an encoder in, an atlas out.

Each stage writes to a directory of its own in a work directory, named by a hash of its request. So a second atlas with another
SAE or tap uses the results that are there already, and a killed run resumes.
"""

from collections.abc import MutableMapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, Literal, cast

from tyro.conf import arg

from explorer.atlas.format import refuse_overwrite
from explorer.atlas.manifest_file import read_manifest
from explorer.errors import UserError
from explorer.models.sae.config import KINDS, MATRYOSHKA_FRACTIONS, Kind
from explorer.models.taps import PROJECTION
from precompute.engines import Engine
from precompute.forecast import Reading
from precompute.look_ahead import Extractions, Sae, look_ahead
from precompute.options import (
    ASPECT,
    MEGAPIXELS,
    MaybeCount,
    MaybeImages,
    MaybeModel,
    MaybeName,
    MaybePath,
    at_least,
    given_as,
)
from precompute.projection import load_umap
from precompute.stage_record import stage_directory
from precompute.stages import build, extract, import_sae, project, score, train

SIMILARITY = ("facebook/dinov2-base", "openai/clip-vit-base-patch32")  # PAPER.md §2: the paper's two


@dataclass(frozen=True)
class Atlas:
    """From images to an atlas, in one go.

    Example: python -m precompute atlas --images photos --encoder openai/clip-vit-large-patch14-336 --tap 22:cls
    --sae matryoshka --expansion 4 --k 20 --similarity facebook/dinov2-base --out atlases/photos
    """

    images: str
    """A folder, shards as "DIR/*.tar", a saved dataset, or hf:NAME[:CONFIG][@SPLIT]."""
    out: Path
    """The atlas to write; its thumbnails go to images-… beside it."""
    encoder: MaybeModel = None
    """Hub id, local directory, or open_clip:ARCH/TAG."""
    tap: str = PROJECTION
    """BLOCK:cls, BLOCK:mean, BLOCK:patches, BLOCK:random:N, or projection."""
    sae: Annotated[str, arg(metavar="KIND_OR_SAE")] = "matryoshka"
    """matryoshka, batchtopk, topk or relu: train one of this kind; none: the tap's own dimensions, the baseline. Or a released
    one: a file of dictionary_learning or saev, a directory of SAELens, or one on the Hub as OWNER/REPOSITORY/PATH/IN/IT."""
    expansion: float = 4
    """Width ω as a multiple of the activations' width."""
    k: int = 20
    """Neurons active per vector: of BatchTopK on average, of TopK always; of ReLU --l1 decides."""
    fractions: tuple[float, ...] = MATRYOSHKA_FRACTIONS
    """Of Matryoshka: share of the neurons of each group, the coarsest first."""
    l1: float = 0.1
    """Of ReLU: weight of the L1 penalty, for vectors of unit mean square norm."""
    mono: float = 0.0
    """Weight of MonoLoss (arXiv 2602.12403), which rewards neurons whose vectors of a batch are alike; its authors' is 3e-4."""
    similarity: tuple[str, ...] = ()
    """Encoders whose cosine similarity MS uses, the main one first; facebook/dinov2-base and openai/clip-vit-base-patch32 if none
    is named."""
    similarity_embeddings: tuple[Path, ...] = ()
    """Bring your own: safetensors files with one matrix each, instead of or after the similarity encoders."""
    activations: MaybePath = None
    """Bring your own: a safetensors file with one matrix, row i for image i, instead of an encoder."""
    labels: MaybePath = None
    """CSV with the columns file,label: which images, in which order."""
    train_images: MaybeImages = None
    """Train the SAE on these images instead, and score it on --images."""
    pooling: Literal["max", "mean"] = "max"
    """How the tokens of an image make one activation."""
    steps: MaybeCount = None
    """Training steps. Default: the paper's 320 epochs, at least 5,000 and at most 100,000."""
    batch_size: int = 64
    """Images per forward pass."""
    workers: int = 2
    """Processes that read and prepare images."""
    seed: int = 0
    """Seed of everything drawn at random."""
    threads: int = 0
    """Threads of a training step; 0: one or all cores, whichever is faster. SAEs of other numbers differ by rounding."""
    max_megapixels: float = MEGAPIXELS
    """Larger images are skipped; of WebP and AVIF files at most about half as many are read."""
    max_aspect: float = ASPECT
    """Images whose longer side is a larger multiple of the shorter one are skipped."""
    engine: Engine = "local"
    """Where images are read and neurons scored: in this process, or on a Ray cluster (RAY_ADDRESS, or one on this machine)."""
    actors: int = 2
    """Ray processes that hold a model."""
    map: bool = False
    """Lay the neurons out on a map as well; needs umap-learn: pip install -r requirements-map.txt"""
    name: MaybeName = None
    """Name to show; the name of --out by default."""
    work: MaybePath = None
    """Directory of the stages' results; `work` beside the atlas by default."""
    force: bool = False
    """Replace the atlas in --out."""


def run(config: Atlas) -> None:
    """Run extract, train, score and build; stages that are finished already are not run again.

    Raises:
        UserError: if something that the configuration names does not exist, or does not fit the rest.
    """
    for line in check(config):
        print(f"atlas: {line}")
    work = _work(config)
    wanted = _extractions(config, work)
    scored = trained_on = _run_in_work(extract, wanted.scored)
    if wanted.trained_on is not None:
        with given_as("--train-images", "--images"):
            trained_on = _run_in_work(extract, wanted.trained_on)
    similarity = [_run_in_work(extract, each) for each in wanted.similarity]
    sae = _sae(config, trained_on, work)
    to_score = score.Score(scored, work, sae, tuple(similarity), config.pooling, config.engine, config.actors)
    build.run(build.Build(_run_in_work(score, to_score), config.out, config.name, config.force))
    if config.map:
        add_map(config.out)


def check(config: Atlas, known: MutableMapping[extract.Extract, Reading] | None = None) -> list[str]:
    """Check options and models before the first image is read; returns what the run will do, a line a part.

    Args:
        known: see `look_ahead`.

    Raises:
        UserError: for the first that is wrong.
    """
    refuse_overwrite(config.out, force=config.force)
    work = _work(config)
    if work.resolve().is_relative_to(config.out.resolve()):
        raise UserError(f"--work {work}: lies in --out {config.out}, which is to hold the atlas alone; name another directory")
    if config.activations and config.train_images:
        raise UserError("--train-images needs --encoder: brought activations belong to --images alone")
    if config.map:
        load_umap()
    at_least(1, steps=config.steps, k=config.k, batch_size=config.batch_size, actors=config.actors)
    at_least(0, threads=config.threads, workers=config.workers, mono=config.mono, l1=config.l1)
    shape = Sae(config.sae, config.expansion, config.k, config.fractions, config.steps)
    return look_ahead(_extractions(config, work), shape, known)


def _work(config: Atlas) -> Path:
    return config.work or config.out.parent / "work"


def add_map(atlas: Path) -> None:
    """Lay out the neurons of a finished atlas, if it has no map yet."""
    if read_manifest(atlas).map is None:
        project.run(project.Project((atlas,)))


def _run_in_work(stage: ModuleType, config: Any) -> Path:
    """Run a stage in a directory of its own, in the work directory `config.out`; returns that directory."""
    name = stage.__name__.rpartition(".")[2]
    out = stage_directory(config.out, name, stage.request(config))
    stage.run(replace(config, out=out))
    return out


def _extractions(config: Atlas, work: Path) -> Extractions:
    plain = extract.Extract(
        images=config.images,
        out=work,
        labels=config.labels,
        batch_size=config.batch_size,
        workers=config.workers,
        seed=config.seed,
        max_megapixels=config.max_megapixels,
        max_aspect=config.max_aspect,
        engine=config.engine,
        actors=config.actors,
    )
    tapped = replace(plain, encoder=config.encoder, tap=config.tap)
    return Extractions(
        scored=replace(tapped, activations=config.activations),
        trained_on=replace(tapped, images=config.train_images, labels=None) if config.train_images else None,
        similarity=[
            *(replace(plain, encoder=name) for name in _similarity(config)),
            *(replace(plain, activations=path) for path in config.similarity_embeddings),
        ],
    )


def _sae(config: Atlas, activations: Path, work: Path) -> Path | None:
    """The directory of the SAE, trained or imported; None for the baseline."""
    if config.sae == "none":
        return None
    if config.sae in KINDS:
        return _run_in_work(train, _train(config, activations, work, cast(Kind, config.sae)))
    return _run_in_work(import_sae, import_sae.ImportSae(activations, config.sae, work))


def _train(config: Atlas, activations: Path, work: Path, sae: Kind) -> train.Train:
    return train.Train(
        activations=activations,
        out=work,
        sae=sae,
        expansion=config.expansion,
        k=config.k,
        fractions=config.fractions,
        l1=config.l1,
        mono=config.mono,
        steps=config.steps,
        seed=config.seed,
        threads=config.threads,
    )


def _similarity(config: Atlas) -> tuple[str, ...]:
    return config.similarity or (() if config.similarity_embeddings else SIMILARITY)
