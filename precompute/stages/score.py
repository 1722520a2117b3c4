"""Stage 3, score: activations + SAE + embeddings by each E → MS, top images and statistics of every neuron, in one pass."""

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

from tqdm import tqdm

from explorer.atlas.ranking import least_images
from explorer.errors import UserError
from explorer.models.sae.files import read_sae
from precompute.activations import Activations
from precompute.engines import Engine
from precompute.options import MaybePath, at_least
from precompute.score.distributed import PARTS_PER_ACTOR, Job, cut, merged, remove_parts, score_parts
from precompute.score.scoring_pass import ScoreInputs, ScoringPass, batches
from precompute.stage_record import begin, finish, finished

MEASURES = 2  # version of what is measured: from 2 on the floor of each E, and the best of the neurons that are ranked


@dataclass(frozen=True)
class Score:
    """Score every neuron.

    Example: python -m precompute score --activations acts --sae sae --similarity dino-embeddings --out scores
    """

    activations: Path
    """Directory that extract wrote, of the images to score on."""
    out: Path
    """Directory to write."""
    sae: MaybePath = None
    """Directory that train wrote; without it the activations' own dimensions are scored, the baseline."""
    similarity: tuple[Path, ...] = ()
    """Directories that extract wrote with the similarity encoders (tap projection), the main one first."""
    pooling: Literal["max", "mean"] = "max"
    """How the tokens of an image make one activation."""
    engine: Engine = "local"
    """Where it runs: in this process, or on a Ray cluster (RAY_ADDRESS, or one on this machine) that shares the disk."""
    actors: int = 2
    """Ray processes that hold the SAE."""
    force: bool = False
    """Replace what another run left in --out."""


def run(config: Score) -> None:
    """Score every neuron into `config.out`; with Ray it resumes after a kill.

    Raises:
        UserError: if a directory is not a finished stage, or they are not of the same images.
    """
    at_least(1, actors=config.actors)
    inputs = load_inputs(config)
    _check(inputs, config)
    if not begin(config.out, "score", request(config), force=config.force):
        print(f"score: {config.out} is finished already")
        return
    with tqdm(total=inputs.activations.images, unit="image", desc="score", dynamic_ncols=True) as bar:
        scoring = _score_on_ray(config, inputs, bar) if config.engine == "ray" else _score_here(config, inputs, bar)
    scoring.write(config.out)
    metrics = scoring.metrics()
    finish(config.out, _result(config, inputs.similarity) | {"metrics": metrics})
    remove_parts(config.out)
    for name, ms in metrics["ms"].items():
        print(f"score: {_told(name, ms, least_images(inputs.activations.images))}")


def _told(name: str, ms: dict[str, Any], least: int) -> str:
    """What the terminal says of MS by one E."""
    if not ms["alive"]:
        return f"no neuron has an MS by {name}: none fires on two images"
    told = [f"{ms['mean']:z.2f} on average"]
    if ms["best"] is not None:
        told.append(f"{ms['best']:z.2f} at best" + (f" of those that fire on {least} images or more" if least else ""))
    if ms["floor"] is not None:
        told.append(f"two random images have {ms['floor']:z.2f}")
    return f"{ms['alive']:,} neurons have an MS by {name}: {', '.join(told)}"


def request(config: Score) -> dict[str, Any]:
    """Return what decides the scores: equal requests, equal scores.

    Raises:
        UserError: if a directory is not a finished stage.
    """
    names = _names(config.similarity)
    return {
        "activations": finished(config.activations, "extract")["request"],
        "sae": finished(config.sae, "train")["result"]["sha256"] if config.sae else None,
        "similarity": {name: finished(path, "extract")["request"] for name, path in zip(names, config.similarity, strict=True)},
        "pooling": config.pooling,
        "measures": MEASURES,
    }


def load_inputs(config: Score) -> ScoreInputs:
    """Open the activations and embeddings and load the SAE.

    Raises:
        UserError: if a directory is not a finished stage.
    """
    similarity = dict(zip(_names(config.similarity), map(Activations, config.similarity), strict=True))
    return ScoreInputs(Activations(config.activations), similarity, read_sae(config.sae) if config.sae else None)


def _score_here(config: Score, inputs: ScoreInputs, bar: tqdm) -> ScoringPass:
    scoring = ScoringPass(inputs)
    for batch in batches(inputs, config.pooling):
        scoring.update(batch)
        bar.update(len(batch.images))
    return scoring


def _score_on_ray(config: Score, inputs: ScoreInputs, bar: tqdm) -> ScoringPass:
    job = Job(partial(load_inputs, _absolute(config)), config.pooling, config.out.resolve())
    parts = cut(inputs.activations.shards, PARTS_PER_ACTOR * config.actors)
    for images in score_parts(job, parts, config.actors):
        bar.update(images)
    return merged(job, parts)


def _absolute(config: Score) -> Score:
    """The same with absolute paths, for workers that start in another directory."""
    similarity = tuple(path.resolve() for path in config.similarity)
    return replace(
        config, activations=config.activations.resolve(), sae=config.sae and config.sae.resolve(), similarity=similarity
    )


def _names(similarity: tuple[Path, ...]) -> list[str]:
    """A short name for each E; equal names get a number."""
    if not similarity:
        raise UserError("score needs at least one --similarity: the directory of an extract with a similarity encoder")
    names: list[str] = []
    for path in similarity:
        name = finished(path, "extract")["result"]["encoder"]["name"]
        names.append(name if name not in names else f"{name}-{len(names) + 1}")
    return names


def _check(inputs: ScoreInputs, config: Score) -> None:
    activations, similarity, sae = inputs
    for name, embeddings in similarity.items():
        if embeddings.fingerprint != activations.fingerprint:
            raise UserError(
                f"the embeddings of {name} are of other images ({embeddings.images:,}) than the activations "
                f"({activations.images:,}): extract both from the same image set"
            )
        if embeddings.tokens != 1:
            raise UserError(
                f"the embeddings of {name} have {embeddings.tokens} vectors per image: extract them with --tap projection"
            )
    if sae and sae.config.width != activations.width:
        raise UserError(
            f"--sae {config.sae} reads vectors {sae.config.width} wide, the activations are {activations.width}: "
            "train on this tap"
        )


def _result(config: Score, similarity: dict[str, Activations]) -> dict[str, Any]:
    models = [e.record["result"]["encoder"] | {"name": name, "width": e.width} for name, e in similarity.items()]
    paths = {"activations": str(config.activations), "sae": str(config.sae) if config.sae else None}
    return {"similarity": models, "pooling": config.pooling, "paths": paths}
