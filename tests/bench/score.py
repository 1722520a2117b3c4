"""The accumulators against the pairwise loop of the authors, and at the paper's size; on two threads, synthetic data.

    python -m tests.bench.score --json

Each part runs in a process of its own. Codes have 20 active neurons per image, popular ones more often than rare ones.
`speedup_vs_pairwise`: MS of 2,000 images × 1,024 neurons × 384-d from codes, against the definition's loop over all pairs,
    neuron by neuron; `pairwise_neurons_timed` neurons are timed, the time of all is in proportion. Best of 25 passes, of 2 loops.
`speedup_vs_all_neurons_at_once`: against the loop over all pairs that handles all neurons together, timed whole; the cosine
    of a pair is then needed once. `speedup_vs_pairwise_dense`: one pass from a matrix without zeros.
`max_abs_diff`: against both loops, the second over all neurons; they are float32.
`paper_scale_seconds`, `paper_scale_rss_gb`: MS of 50,000 images × 65,536 neurons × 768-d, codes and embeddings in memory; the
    peak resident memory is the whole process's, interpreter, torch and data included.
`all_statistics_seconds`: MS, top 16, histograms and density; `everything_seconds`: and bands and co-firing neurons.
`extract_efficiency`: images/s of the whole extract stage over those of the bare model, which has its batches in memory: 256
    photographs of mixed sizes, the default E, DINOv2-base, at true size with RANDOM weights. Where the model runs on the same two
    cores, so does unpacking: a smaller model has less to hide it behind (tests.bench.pipeline). Needs ../shared/real.
`growth_2n`: MS of 400,000 images over 200,000, so many that the time the empty sums take is small; median of 5 turns.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple, TypeVar

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from explorer.models.codes import Codes
from precompute.score.bands import BandsAccumulator
from precompute.score.coactivation import CofiringAccumulator, top_set_jaccard
from precompute.score.histogram import HistogramAccumulator
from precompute.score.monosemanticity import MonosemanticityAccumulator, monosemanticity
from precompute.score.top_images import TopImagesAccumulator
from tests.bench.pipeline import extract_rate
from tests.conftest import REAL

T = TypeVar("T")
ACTIVE = 20
BATCH = 4096  # images; the score stage's
IMAGES, NEURONS, EMBEDDING = 50_000, 65_536, 768  # the paper's size
NEURONS_TIMED = 32  # of 1,024, by the loop neuron by neuron
PAIRS_AT_ONCE = 100  # the authors' batch, https://github.com/ExplainableML/sae-for-vlm metric.py


class Batch(NamedTuple):
    """Some images of a synthetic set."""

    images: Tensor
    codes: Codes
    embeddings: Tensor


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--part", choices=PARTS, help="only this part, in this process")
    args = parser.parse_args()
    torch.set_num_threads(2)
    figures = PARTS[args.part]() if args.part else {name: figure for part in PARTS for name, figure in _apart(part).items()}
    print(json.dumps(figures) if args.json else "\n".join(f"{name:>28}  {value:,.10g}" for name, value in figures.items()))


def against_pairwise() -> dict[str, float]:
    """One pass from codes, and from dense activations, against all pairs."""
    images, codes, e_ne = next(synthetic(2000, 1024, 384, batch=2000))
    a_ns, noise_ns = codes.to_dense(), torch.randn(len(images), 1024, generator=torch.Generator().manual_seed(1))
    timed = torch.arange(0, a_ns.shape[1], a_ns.shape[1] // NEURONS_TIMED)
    loop, by_loop = _best(2, lambda: pairwise(a_ns[:, timed], e_ne))
    at_once, expected = _best(2, lambda: pairwise_at_once(a_ns, e_ne))
    seconds, one_pass = _best(25, lambda: monosemanticity(codes, e_ne))
    dense_seconds, found_dense = _best(25, lambda: monosemanticity(noise_ns, e_ne))
    loop *= a_ns.shape[1] / len(timed)
    return {
        "speedup_vs_pairwise": round(loop / seconds, 1),
        "pairwise_neurons_timed": len(timed),
        "pairwise_seconds_extrapolated": round(loop, 3),
        "one_pass_seconds": round(seconds, 5),
        "max_abs_diff": max(_difference(one_pass, expected), _difference(one_pass[timed], by_loop)),
        "speedup_vs_all_neurons_at_once": round(at_once / seconds, 1),
        "speedup_vs_pairwise_dense": round(loop / dense_seconds, 1),
        "max_abs_diff_dense": _difference(found_dense, pairwise_at_once(noise_ns, e_ne)),
    }


def paper_scale() -> dict[str, float]:
    """MS alone, and the memory it takes."""
    batches = list(synthetic(IMAGES, NEURONS, EMBEDDING))
    before = _peak_gb()
    times = [_timed(lambda: ms_of(batches))[0] for _ in range(3)]
    figures = {"paper_scale_seconds": median(times), "paper_scale_rss_gb": _peak_gb(), "paper_scale_data_rss_gb": before}
    return {name: round(figure, 3) for name, figure in figures.items()}


def all_statistics() -> dict[str, float]:
    """What the score stage accumulates, in one pass."""
    batches = list(synthetic(IMAGES, NEURONS, EMBEDDING))
    seconds = median(_timed(lambda: statistics_of(batches))[0] for _ in range(3))
    everything, tops = _timed(lambda: statistics_of(batches, more=True))
    return {
        "all_statistics_seconds": round(seconds, 3),
        "everything_seconds": round(everything, 3),
        "everything_rss_gb": round(_peak_gb(), 3),
        "top_set_jaccard_seconds": round(_timed(lambda: top_set_jaccard(tops))[0], 3),
    }


def growth() -> dict[str, float]:
    """Time of twice the images; the same ones again, since memory is not what is measured."""
    batches = list(synthetic(IMAGES, NEURONS, EMBEDDING))
    ratios = [_timed(lambda: ms_of(batches * 8))[0] / _timed(lambda: ms_of(batches * 4))[0] for _ in range(5)]
    return {
        "growth_2n": round(median(ratios), 3),
        "growth_2n_least": round(min(ratios), 3),
        "growth_2n_most": round(max(ratios), 3),
    }


def extraction() -> dict[str, float]:
    """The extract stage against the bare model; nothing where there are no photographs."""
    if not REAL.is_dir():
        return {}
    with tempfile.TemporaryDirectory() as directory:
        rates = extract_rate("dinov2-base", Path(directory), 256)
    whole, bare = rates["dinov2_base_images_per_s"], rates["dinov2_base_bare_images_per_s"]
    figures = {"extract_efficiency": whole / bare, "extract_images_per_s": whole, "bare_images_per_s": bare}
    return {name: round(figure, 3) for name, figure in figures.items()}


PARTS = {
    "pairwise": against_pairwise,
    "paper": paper_scale,
    "statistics": all_statistics,
    "growth": growth,
    "extract": extraction,
}


def pairwise(a_ns: Float[Tensor, "n s"], e_ne: Float[Tensor, "n e"]) -> Float[Tensor, " s"]:
    """The definition, neuron by neuron: every pair of images, a row of pairs at a time; the cosines are computed once."""
    unit_ne = F.normalize(e_ne, dim=1)
    cosine_nn = unit_ne @ unit_ne.T
    ms_s = torch.empty(a_ns.shape[1])
    for neuron, a_n in enumerate(_scaled(a_ns).T.contiguous()):
        numerator = denominator = torch.zeros(())
        for n in range(len(a_n) - 1):
            others_m = a_n[n + 1 :]
            numerator = numerator + a_n[n] * (cosine_nn[n, n + 1 :] @ others_m)
            denominator = denominator + a_n[n] * others_m.sum()
        ms_s[neuron] = numerator / denominator
    return ms_s


def pairwise_at_once(a_ns: Float[Tensor, "n s"], e_ne: Float[Tensor, "n e"]) -> Float[Tensor, " s"]:
    """The same for all neurons at a time, an image and `PAIRS_AT_ONCE` others in turn: the order of the authors' code."""
    scaled_ns = _scaled(a_ns)
    numerator_s, denominator_s = torch.zeros(2, a_ns.shape[1]).unbind()
    for n in range(len(a_ns)):
        for start in range(n + 1, len(a_ns), PAIRS_AT_ONCE):
            others = slice(start, start + PAIRS_AT_ONCE)
            cosine_m = F.cosine_similarity(e_ne[n].expand_as(e_ne[others]), e_ne[others], dim=1)
            weights_ms = scaled_ns[n] * scaled_ns[others]
            numerator_s += (weights_ms * cosine_m[:, None]).sum(0)
            denominator_s += weights_ms.sum(0)
    return numerator_s / denominator_s


def synthetic(images: int, neurons: int, embedding: int, batch: int = BATCH) -> Iterator[Batch]:
    """Batches of random codes and embeddings that share a direction, as real ones do."""
    generator = torch.Generator().manual_seed(0)
    for start in range(0, images, batch):
        count = min(batch, images - start)
        drawn = (torch.rand(count, ACTIVE, generator=generator).square() * (neurons - ACTIVE + 1)).long()
        active = drawn.sort(1).values + torch.arange(ACTIVE)  # ascending, all different
        values = torch.rand(count * ACTIVE, generator=generator) * 5 + 0.1
        codes = Codes(torch.arange(count + 1) * ACTIVE, active.flatten(), values, neurons)
        yield Batch(torch.arange(start, start + count), codes, torch.randn(count, embedding, generator=generator) + 0.2)


def ms_of(batches: list[Batch]) -> Tensor:
    """MS in one pass."""
    first = batches[0]
    accumulator = MonosemanticityAccumulator(first.codes.width, first.embeddings.shape[1])
    for batch in batches:
        accumulator.update(batch.codes, batch.embeddings)
    return accumulator.result().ms


def statistics_of(batches: list[Batch], more: bool = False):
    """MS, top images and histograms in one pass; `more`: bands and co-firing neurons too. Gives the top images."""
    width = batches[0].codes.width
    ms = MonosemanticityAccumulator(width, batches[0].embeddings.shape[1])
    tops, histogram = TopImagesAccumulator(width), HistogramAccumulator(width)
    bands, cofiring = BandsAccumulator(width), CofiringAccumulator(width)
    for batch in batches:
        ms.update(batch.codes, batch.embeddings)
        tops.update(batch.codes, batch.images)
        histogram.update(batch.codes)
        if more:
            bands.update(batch.codes, batch.images)
            cofiring.update(batch.codes)
    for accumulator in (ms, histogram, *((bands, cofiring) if more else ())):
        accumulator.result()
    return tops.result()


def _scaled(a_ns: Tensor) -> Tensor:
    return (a_ns - a_ns.amin(0)) / (a_ns.amax(0) - a_ns.amin(0))


def _difference(found_s: Tensor, expected_s: Tensor) -> float:
    if not torch.equal(found_s.isnan(), expected_s.isnan()):
        raise AssertionError("one pass and all pairs find different neurons dead")
    return (found_s - expected_s).nan_to_num().abs().max().item()


def _timed(do: Callable[[], T]) -> tuple[float, T]:
    start = time.perf_counter()
    made = do()
    return time.perf_counter() - start, made


def _best(runs: int, do: Callable[[], T]) -> tuple[float, T]:
    """The shortest time, other processes only ever add to it, and what was made."""
    return min((_timed(do) for _ in range(runs)), key=lambda timed: timed[0])


def _peak_gb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # KiB on Linux


def _apart(part: str) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.bench.score", "--json", "--part", part]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)


if __name__ == "__main__":
    main()
