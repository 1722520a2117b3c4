"""Stage 3, score: activations + SAE + embeddings by each E → MS, top images and statistics of every neuron, in one pass."""

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

from tqdm import tqdm

from explorer.errors import UserError
from explorer.models.sae import SparseAutoencoder
from precompute.activations import Activations
from precompute.engines import Engine
from precompute.options import MaybePath, at_least
from precompute.score.distributed import Job, forget, scored_on_ray
from precompute.score.scoring_pass import Given, Scores, batches
from precompute.stage_record import begin, finish, finished


@dataclass(frozen=True)
class Score:
    """Score every neuron.

    Example: python -m precompute score --activations acts --sae sae --similarity dino-embeddings --out scores
    """

    activations: Path
    """Directory that extract wrote, of the pictures to score on."""
    out: Path
    """Directory to write."""
    sae: MaybePath = None
    """Directory that train wrote; without it the activations' own dimensions are scored, the baseline."""
    similarity: tuple[Path, ...] = ()
    """Directories that extract wrote with the similarity encoders (tap projection), the main one first."""
    pooling: Literal["max", "mean"] = "max"
    """How the tokens of an image make one activation."""
    engine: Engine = "here"
    """Where it runs: in this process, or on a Ray cluster (RAY_ADDRESS, or one on this machine) that shares the disk."""
    actors: int = 2
    """Ray processes that hold the SAE."""
    force: bool = False
    """Replace what another run left in --out."""


def run(ask: Score) -> None:
    """Do what is asked.

    Raises:
        UserError: if a directory is no finished stage, or they are not of the same images.
    """
    at_least(1, actors=ask.actors)
    given = _given(ask)
    _check(given, ask)
    if not begin(ask.out, "score", _request(ask, given), force=ask.force):
        print(f"score: {ask.out} is finished already")
        return
    with tqdm(total=given.activations.images, unit="image", desc="score", dynamic_ncols=True) as bar:
        job = Job(partial(_given, _absolute(ask)), ask.pooling, ask.out.resolve())
        scores = scored_on_ray(job, ask.actors, bar.update) if ask.engine == "ray" else _here(ask, given, bar)
    scores.write(ask.out)
    metrics = scores.metrics(given.sae)
    finish(ask.out, _result(ask, given.similarity) | {"metrics": metrics})
    forget(ask.out)
    for name, ms in metrics["ms"].items():
        if ms["alive"]:
            print(f"score: {ms['alive']:,} neurons have an MS by {name}, {ms['mean']:.2f} on average, {ms['best']:.2f} at best")


def _given(ask: Score) -> Given:
    similarity = dict(zip(_names(ask.similarity), map(Activations, ask.similarity), strict=True))
    return Given(Activations(ask.activations), similarity, SparseAutoencoder.load(ask.sae) if ask.sae else None)


def _absolute(ask: Score) -> Score:
    """The same for workers, which start elsewhere."""
    similarity = tuple(path.resolve() for path in ask.similarity)
    return replace(ask, activations=ask.activations.resolve(), sae=ask.sae and ask.sae.resolve(), similarity=similarity)


def _here(ask: Score, given: Given, bar: tqdm) -> Scores:
    scores = Scores(given)
    for batch in batches(given, ask.pooling):
        scores.update(batch, given.sae)
        bar.update(len(batch.images))
    return scores


def _names(similarity: tuple[Path, ...]) -> list[str]:
    """A short name for each E, told apart by a number where two are equal."""
    if not similarity:
        raise UserError("score needs at least one --similarity: the directory of an extract with a similarity encoder")
    names: list[str] = []
    for path in similarity:
        name = finished(path, "extract")["result"]["encoder"]["name"]
        names.append(name if name not in names else f"{name}-{len(names) + 1}")
    return names


def _check(given: Given, ask: Score) -> None:
    activations, similarity, sae = given
    for name, embeddings in similarity.items():
        if embeddings.fingerprint != activations.fingerprint:
            raise UserError(
                f"the embeddings of {name} are of other pictures ({embeddings.images:,}) than the activations "
                f"({activations.images:,}): extract both from the same image set"
            )
        if embeddings.tokens != 1:
            raise UserError(
                f"the embeddings of {name} have {embeddings.tokens} vectors per picture: extract them with --tap projection"
            )
    if sae and sae.config.width != activations.width:
        raise UserError(
            f"--sae {ask.sae} reads vectors {sae.config.width} wide, the activations are {activations.width}: train on this tap"
        )


def _request(ask: Score, given: Given) -> dict[str, Any]:
    return {
        "activations": given.activations.record["request"],
        "sae": finished(ask.sae, "train")["result"]["sha256"] if ask.sae else None,
        "similarity": {name: e.record["request"] for name, e in given.similarity.items()},
        "pooling": ask.pooling,
    }


def _result(ask: Score, similarity: dict[str, Activations]) -> dict[str, Any]:
    models = [
        e.record["result"]["encoder"] | {"name": name, "width": e.width, "library": e.record["result"]["encoder"]["library"]}
        for name, e in similarity.items()
    ]
    paths = {"activations": str(ask.activations), "sae": str(ask.sae) if ask.sae else None}
    return {"similarity": models, "pooling": ask.pooling, "paths": paths}
