"""Stage 3, score: activations + SAE + embeddings by each E → MS, top images and statistics of every neuron, in one pass."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Float
from safetensors.torch import save_file
from torch import Tensor
from tqdm import tqdm

from explorer.atlas.manifest import ms_column
from explorer.errors import UserError
from explorer.models.codes import Codes
from explorer.models.sae import SparseAutoencoder
from precompute.activations import Activations
from precompute.options import MaybePath
from precompute.record import begin, finish, finished
from precompute.score.bands import BandsAccumulator
from precompute.score.coactivation import Cofiring, CofiringAccumulator, top_set_jaccard
from precompute.score.histogram import HistogramAccumulator
from precompute.score.largest import Ranked
from precompute.score.monosemanticity import MonosemanticityAccumulator
from precompute.score.reconstruction import ReconstructionAccumulator
from precompute.score.tops import TopImagesAccumulator

VECTORS_AT_ONCE, CODES_AT_ONCE = 4096, 2**26  # the encoder's outputs, before they are sparse, are vectors × neurons: 256 MB


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
    force: bool = False
    """Replace what another run left in --out."""


class Batch(NamedTuple):
    """Some images, through the SAE."""

    images: Tensor  # (b,) their numbers
    vectors_vd: Tensor  # all their tokens, one after another
    codes_vs: Codes  # of every token
    codes_bs: Codes  # of every image


def run(ask: Score) -> None:
    """Do what is asked.

    Raises:
        UserError: if a directory is no finished stage, or they are not of the same images.
    """
    activations = Activations(ask.activations)
    similarity = dict(zip(_names(ask.similarity), map(Activations, ask.similarity), strict=True))
    sae = SparseAutoencoder.load(ask.sae) if ask.sae else None
    _check(activations, similarity, sae, ask)
    if not begin(ask.out, "score", _request(ask, activations, similarity), force=ask.force):
        print(f"score: {ask.out} is finished already")
        return
    scores = Scores(sae.config.neurons if sae else activations.width, activations, similarity)
    with tqdm(total=activations.images, unit="image", desc="score", dynamic_ncols=True) as bar:
        for batch in batches(activations, sae, ask.pooling):
            scores.update(batch, sae)
            bar.update(len(batch.images))
    scores.write(ask.out)
    finish(ask.out, _result(ask, similarity) | {"metrics": scores.metrics(sae)})


def batches(activations: Activations, sae: SparseAutoencoder | None, pooling: str) -> Iterator[Batch]:
    """Every image once, in order, with its codes; without an SAE the codes are the vectors themselves."""
    neurons = sae.config.neurons if sae else activations.width
    for rows in activations.batches(min(VECTORS_AT_ONCE, CODES_AT_ONCE // neurons)):
        vectors_vd = rows.vectors.flatten(0, 1)
        codes = sae.encode(vectors_vd) if sae else Codes.from_dense(vectors_vd)
        yield Batch(rows.images, vectors_vd, codes, codes.pool_tokens(activations.tokens, pooling))


class Scores:
    """All accumulators of one pass."""

    def __init__(self, neurons: int, activations: Activations, similarity: dict[str, Activations]) -> None:
        self.embeddings = similarity
        self.ms = {name: MonosemanticityAccumulator(neurons, e.width) for name, e in similarity.items()}
        self.tops = TopImagesAccumulator(neurons)
        self.bands = BandsAccumulator(neurons)
        self.histogram = HistogramAccumulator(neurons)
        self.reconstruction = ReconstructionAccumulator(activations.width, neurons)
        self.cofiring = CofiringAccumulator(neurons)

    def update(self, batch: Batch, sae: SparseAutoencoder | None) -> None:
        """Add a batch to each."""
        for name, accumulator in self.ms.items():
            accumulator.update(batch.codes_bs, self._embeddings(name, batch))
        self.tops.update(batch.codes_bs, batch.images)
        self.bands.update(batch.codes_bs, batch.images)
        self.histogram.update(batch.codes_bs)
        reconstructed = sae.decode(batch.codes_vs) if sae else batch.vectors_vd
        self.reconstruction.update(batch.vectors_vd, reconstructed, batch.codes_vs)
        self.cofiring.update(batch.codes_bs)

    def write(self, out: Path) -> None:
        """`neurons.parquet`, `tops.parquet` and `concepts.safetensors`."""
        results = {name: accumulator.result() for name, accumulator in self.ms.items()}
        histogram, cofiring = self.histogram.result(), self.cofiring.result()
        columns: dict[str, Any] = {"neuron": np.arange(self.tops.width)}
        columns |= {name: getattr(histogram, name).numpy() for name in ("density", "max", "mean")}
        columns |= {"histogram": list(histogram.counts.int().numpy())}
        columns |= {"cofiring": _rows(cofiring, "neurons"), "cofiring_share": _rows(cofiring, "share")}
        columns |= {ms_column(name): result.ms.numpy() for name, result in results.items()}
        pd.DataFrame(columns).to_parquet(out / "neurons.parquet", index=False)
        _table({"top": self.tops.result()} | self.bands.result()).to_parquet(out / "tops.parquet", index=False)
        save_file({"concepts": next(iter(results.values())).concepts.contiguous()}, out / "concepts.safetensors")

    def metrics(self, sae: SparseAutoencoder | None) -> dict[str, Any]:
        """What the manifest tells of the whole."""
        reconstruction = self.reconstruction.result()
        r2 = reconstruction.r2 if sae and not np.isnan(reconstruction.r2) else None
        ms = {name: _summary(accumulator.result().ms) for name, accumulator in self.ms.items()}
        overlap = top_set_jaccard(self.tops.result())
        pairs = {"overlapping_pairs": overlap.overlapping, "alike_pairs": overlap.alike}
        return {"r2": r2, "l0": reconstruction.l0, "dead": reconstruction.dead, "ms": ms} | pairs

    def _embeddings(self, name: str, batch: Batch) -> Float[Tensor, "b e"]:
        return self.embeddings[name].of_images(batch.images)[:, 0]


def _table(bands: dict[str, Ranked]) -> pd.DataFrame:
    """One row a neuron, band and image; by neuron, the bands in the order given."""
    columns = {"neuron": "neurons", "rank": "ranks", "row": "images", "activation": "activations"}
    tables = [
        pd.DataFrame({name: getattr(of, field) for name, field in columns.items()}).assign(band=b) for b, of in bands.items()
    ]
    return pd.concat(tables, ignore_index=True).sort_values("neuron", kind="stable", ignore_index=True)


def _summary(ms_s: Tensor) -> dict[str, Any]:
    living = ms_s[~ms_s.isnan()]
    if len(living) == 0:
        return {"best": None, "mean": None, "alive": 0}
    return {"best": living.max().item(), "mean": living.mean().item(), "alive": len(living)}


def _rows(cofiring: Cofiring, what: str) -> list[np.ndarray]:
    return np.split(getattr(cofiring, what).numpy(), cofiring.starts[1:-1].numpy())


def _names(similarity: tuple[Path, ...]) -> list[str]:
    """A short name for each E, told apart by a number where two are equal."""
    if not similarity:
        raise UserError("score needs at least one --similarity: the directory of an extract with a similarity encoder")
    names: list[str] = []
    for path in similarity:
        name = finished(path, "extract")["result"]["encoder"]["name"]
        names.append(name if name not in names else f"{name}-{len(names) + 1}")
    return names


def _check(activations: Activations, similarity: dict[str, Activations], sae: SparseAutoencoder | None, ask: Score) -> None:
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


def _request(ask: Score, activations: Activations, similarity: dict[str, Activations]) -> dict[str, Any]:
    return {
        "activations": activations.record["request"],
        "sae": finished(ask.sae, "train")["result"]["sha256"] if ask.sae else None,
        "similarity": {name: e.record["request"] for name, e in similarity.items()},
        "pooling": ask.pooling,
    }


def _result(ask: Score, similarity: dict[str, Activations]) -> dict[str, Any]:
    models = [
        e.record["result"]["encoder"] | {"name": name, "width": e.width, "library": e.record["result"]["encoder"]["library"]}
        for name, e in similarity.items()
    ]
    paths = {"activations": str(ask.activations), "sae": str(ask.sae) if ask.sae else None}
    return {"similarity": models, "pooling": ask.pooling, "paths": paths}
