"""The scoring pass: one pass over the images that updates all accumulators."""

from collections.abc import Iterator
from math import isnan
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float
from torch import Tensor

from explorer.atlas.manifest import ms_column
from explorer.atlas.ranking import least_images
from explorer.models.codes import Codes
from explorer.models.sae import SparseAutoencoder
from precompute.activations import Activations
from precompute.atomic_files import write_tensors
from precompute.score.bands import BandsAccumulator
from precompute.score.coactivation import Cofiring, CofiringAccumulator, top_set_jaccard
from precompute.score.histogram import HistogramAccumulator
from precompute.score.largest import Ranked
from precompute.score.monosemanticity import Monosemanticity, MonosemanticityAccumulator
from precompute.score.reconstruction import ReconstructionAccumulator
from precompute.score.top_images import TopImagesAccumulator

VECTORS_AT_ONCE, CODES_AT_ONCE = 4096, 2**26  # the encoder's outputs, before they are sparse, are vectors × neurons: 256 MB


class ScoreInputs(NamedTuple):
    """The inputs of a pass."""

    activations: Activations
    similarity: dict[str, Activations]  # embeddings by each E
    sae: SparseAutoencoder | None  # None: the activations' own dimensions are scored

    @property
    def neurons(self) -> int:
        return self.sae.config.neurons if self.sae else self.activations.width


class Batch(NamedTuple):
    """A batch of images, encoded by the SAE."""

    images: Tensor  # (b,) their numbers
    vectors_vd: Tensor  # all their tokens, one after another
    codes_vs: Codes  # of every token
    codes_bs: Codes  # of every image


def batches(inputs: ScoreInputs, pooling: str, shards: range | None = None) -> Iterator[Batch]:
    """Yield every image of these shards (default: all) once, in order, encoded; without an SAE the codes are the vectors."""
    activations, sae = inputs.activations, inputs.sae
    for rows in activations.batches(min(VECTORS_AT_ONCE, CODES_AT_ONCE // inputs.neurons), shards):
        vectors_vd = rows.vectors.flatten(0, 1)
        codes = sae.encode(vectors_vd) if sae else Codes.from_dense(vectors_vd)
        yield Batch(rows.images, vectors_vd, codes, codes.pool_tokens(activations.tokens, pooling))


class ScoringPass:
    """All accumulators of one pass."""

    def __init__(self, inputs: ScoreInputs) -> None:
        self.embeddings, self.sae, neurons = inputs.similarity, inputs.sae, inputs.neurons
        self.ms = {name: MonosemanticityAccumulator(neurons, e.width) for name, e in self.embeddings.items()}
        self.top_images = TopImagesAccumulator(neurons)
        self.bands = BandsAccumulator(neurons)
        self.histogram = HistogramAccumulator(neurons)
        self.reconstruction = ReconstructionAccumulator(inputs.activations.width, neurons)
        self.cofiring = CofiringAccumulator(neurons)

    def update(self, batch: Batch) -> None:
        """Add a batch to each accumulator."""
        for name, accumulator in self.ms.items():
            accumulator.update(batch.codes_bs, self._embeddings(name, batch))
        self.top_images.update(batch.codes_bs, batch.images)
        self.bands.update(batch.codes_bs, batch.images)
        self.histogram.update(batch.codes_bs)
        reconstructed = self.sae.decode(batch.codes_vs) if self.sae else batch.vectors_vd
        self.reconstruction.update(batch.vectors_vd, reconstructed, batch.codes_vs)
        self.cofiring.update(batch.codes_bs)

    def accumulators(self) -> dict[str, Any]:
        """Return every accumulator by its name in files."""
        named = {name: getattr(self, name) for name in ("bands", "histogram", "reconstruction", "cofiring")}
        return {"tops": self.top_images} | named | {f"ms {name}": accumulator for name, accumulator in self.ms.items()}

    def merge(self, other: "ScoringPass") -> None:
        """Add what another pass has seen."""
        others = other.accumulators()
        for name, accumulator in self.accumulators().items():
            accumulator.merge(others[name])

    def write(self, out: Path) -> None:
        """Write `neurons.parquet`, `tops.parquet` and `concepts.safetensors`."""
        results = {name: accumulator.result() for name, accumulator in self.ms.items()}
        histogram, cofiring = self.histogram.result(), self.cofiring.result()
        columns: dict[str, Any] = {"neuron": np.arange(self.top_images.width)}
        columns |= {name: getattr(histogram, name).numpy() for name in ("density", "max", "mean")}
        columns |= {"histogram": list(histogram.counts.int().numpy())}
        columns |= {"cofiring": _rows(cofiring, "neurons"), "cofiring_share": _rows(cofiring, "share")}
        columns |= {ms_column(name): result.ms.numpy() for name, result in results.items()}
        pd.DataFrame(columns).to_parquet(out / "neurons.parquet", index=False)
        _table({"top": self.top_images.result()} | self.bands.result()).to_parquet(out / "tops.parquet", index=False)
        write_tensors(out / "concepts.safetensors", {"concepts": next(iter(results.values())).concepts})

    def metrics(self) -> dict[str, Any]:
        """Return the metrics of the manifest, over all neurons."""
        reconstruction = self.reconstruction.result()
        r2 = reconstruction.r2 if self.sae and not np.isnan(reconstruction.r2) else None
        enough_s = self.histogram.result().counts.sum(1) >= least_images(self.histogram.images)
        ms = {name: _summary(accumulator.result(), enough_s) for name, accumulator in self.ms.items()}
        overlap = top_set_jaccard(self.top_images.result())
        pairs = {"overlapping_pairs": overlap.overlapping, "alike_pairs": overlap.alike}
        return {"r2": r2, "l0": reconstruction.l0, "dead": reconstruction.dead, "ms": ms} | pairs

    def _embeddings(self, name: str, batch: Batch) -> Float[Tensor, "b e"]:
        return self.embeddings[name].of_images(batch.images)[:, 0]


def _table(bands: dict[str, Ranked]) -> pd.DataFrame:
    """One row a neuron, band and image; by neuron, the bands in the order given."""
    columns = {"neuron": "neurons", "rank": "ranks", "row": "images", "activation": "activations"}
    tables = [
        pd.DataFrame({name: getattr(ranked, field) for name, field in columns.items()}).assign(band=band)
        for band, ranked in bands.items()
    ]
    return pd.concat(tables, ignore_index=True).sort_values("neuron", kind="stable", ignore_index=True)


def _summary(result: Monosemanticity, enough_s: Bool[Tensor, " s"]) -> dict[str, Any]:
    """`best` is of the neurons that fire on enough images, `mean` of all that are alive; None where there are none."""
    alive_s = ~result.ms.isnan()
    ranked, living = result.ms[alive_s & enough_s], result.ms[alive_s]
    return {
        "best": ranked.max().item() if len(ranked) else None,
        "mean": living.mean().item() if len(living) else None,
        "alive": len(living),
        "floor": None if isnan(result.floor) else result.floor,
    }


def _rows(cofiring: Cofiring, field: str) -> list[np.ndarray]:
    return np.split(getattr(cofiring, field).numpy(), cofiring.starts[1:-1].numpy())
