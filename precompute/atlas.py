"""All stages in one go: a folder of pictures and an encoder in, an atlas out.

What each stage leaves goes to a work directory under a name made from what was asked, so that a second atlas with another SAE
or tap uses what is there already, and a killed run goes on.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from explorer.atlas.format import refuse_overwrite
from explorer.errors import UserError
from explorer.models.taps import PROJECTION
from precompute.engines import Engine
from precompute.options import ASPECT, MEGAPIXELS, MaybeCount, MaybeImages, MaybeModel, MaybeName, MaybePath
from precompute.stage_record import request_key
from precompute.stages import build, extract, score, train

SIMILARITY = ("facebook/dinov2-base", "openai/clip-vit-base-patch32")  # PAPER.md §2: the paper's two


@dataclass(frozen=True)
class Atlas:
    """From pictures to an atlas, in one go.

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
    sae: Literal["matryoshka", "batchtopk", "none"] = "matryoshka"
    """Kind of SAE; none: the tap's own dimensions, the baseline."""
    expansion: float = 4
    """Width ω as a multiple of the activations' width."""
    k: int = 20
    """Neurons active per vector, on average."""
    similarity: tuple[str, ...] = ()
    """Encoders whose cosine similarity MS uses, the main one first; facebook/dinov2-base and openai/clip-vit-base-patch32 if none
    is named."""
    similarity_embeddings: tuple[Path, ...] = ()
    """Bring your own: safetensors files with one matrix each, instead of or after the similarity encoders."""
    activations: MaybePath = None
    """Bring your own: a safetensors file with one matrix, row i for picture i, instead of an encoder."""
    labels: MaybePath = None
    """CSV with the columns file,label: which pictures, in which order."""
    train_images: MaybeImages = None
    """Train the SAE on these pictures instead, and score it on --images."""
    pooling: Literal["max", "mean"] = "max"
    """How the tokens of an image make one activation."""
    steps: MaybeCount = None
    """Training steps. Default: the paper's 320 epochs, at least 5,000 and at most 100,000."""
    batch_size: int = 64
    """Pictures per forward pass."""
    workers: int = 2
    """Processes that read and prepare pictures."""
    seed: int = 0
    """Of everything drawn at random."""
    max_megapixels: float = MEGAPIXELS
    """Larger pictures are skipped; of WebP and AVIF files at most about half as many are read."""
    max_aspect: float = ASPECT
    """Pictures whose longer side is a larger multiple of the shorter one are skipped."""
    engine: Engine = "here"
    """Where pictures are read and neurons scored: in this process, or on a Ray cluster (RAY_ADDRESS, or one on this machine)."""
    actors: int = 2
    """Ray processes that hold a model."""
    name: MaybeName = None
    """What people see; the name of --out by default."""
    work: MaybePath = None
    """Where the stages keep what they made; `work` beside the atlas by default."""
    force: bool = False
    """Replace the atlas in --out."""


def run(ask: Atlas) -> None:
    """Do what is asked.

    Raises:
        UserError: if something asked for does not exist or does not fit.
    """
    refuse_overwrite(ask.out, force=ask.force)
    work = ask.work or ask.out.parent / "work"
    if work.resolve().is_relative_to(ask.out.resolve()):
        raise UserError(f"--work {work}: lies in --out {ask.out}, which is to hold the atlas alone; name another directory")
    scored = _extract(ask, work, encoder=ask.encoder, tap=ask.tap, activations=ask.activations)
    trained_on = _extract(ask, work, images=ask.train_images, encoder=ask.encoder, tap=ask.tap) if ask.train_images else scored
    similarity = [_extract(ask, work, encoder=name) for name in _similarity(ask)]
    similarity += [_extract(ask, work, activations=path) for path in ask.similarity_embeddings]
    sae = None if ask.sae == "none" else _train(ask, work, trained_on)
    to_score = score.Score(scored, Path(), sae, tuple(similarity), ask.pooling, ask.engine, ask.actors)
    scores = work / f"score-{_key([scored.name, sae and sae.name, [path.name for path in similarity], ask.pooling])}"
    score.run(replace(to_score, out=scores))
    build.run(build.Build(scores, ask.out, ask.name, ask.force))


def _similarity(ask: Atlas) -> tuple[str, ...]:
    return ask.similarity or (() if ask.similarity_embeddings else SIMILARITY)


def _extract(ask: Atlas, work: Path, images: str | None = None, **what: Any) -> Path:
    """Run extract in a directory of its own; gives the directory."""
    to_read = extract.Extract(
        images=images or ask.images,
        out=Path(),
        labels=None if images else ask.labels,
        batch_size=ask.batch_size,
        workers=ask.workers,
        seed=ask.seed,
        max_megapixels=ask.max_megapixels,
        max_aspect=ask.max_aspect,
        engine=ask.engine,
        actors=ask.actors,
        **what,
    )
    if images is None and what.get("activations") and ask.train_images:
        raise UserError("--train-images needs --encoder: brought activations belong to --images alone")
    request = extract.extract_request(to_read, extract.open_set(to_read))
    out = work / f"extract-{request_key(request)}"
    extract.run(replace(to_read, out=out))
    return out


def _train(ask: Atlas, work: Path, activations: Path) -> Path:
    assert ask.sae != "none"
    to_train = train.Train(activations, Path(), ask.sae, ask.expansion, ask.k, ask.steps, seed=ask.seed)
    out = work / f"train-{_key([activations.name, ask.sae, ask.expansion, ask.k, ask.steps, ask.seed])}"
    train.run(replace(to_train, out=out))
    return out


def _key(asked: list[Any]) -> str:
    return request_key({"asked": asked})
