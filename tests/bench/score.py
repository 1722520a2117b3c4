"""The accumulators against the pairwise loop of the authors, and at the paper's size; on two threads, synthetic data.

    python -m tests.bench.score --json

Each part runs in a process of its own. Codes have 20 active neurons per image, popular ones more often than rare ones.
`speedup_vs_pairwise`, `max_abs_diff`: MS of 2,000 images × 1,024 neurons × 384-d, from codes and (`_dense`) from a matrix
    without zeros, against the loop over all pairs; nothing is extrapolated, `pairwise_neurons_timed` is all of them.
`paper_scale_seconds`, `paper_scale_rss_gb`: MS of 50,000 images × 65,536 neurons × 768-d, codes and embeddings in memory; the
    peak resident memory is the whole process's, interpreter, torch and data included.
`all_statistics_seconds`: MS, top 16, histograms and density; `everything_seconds`: and bands and co-firing neurons.
`growth_2n`: MS of 200,000 images over 100,000 at that size; medians of 5 runs each, in turns.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
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
from precompute.score.tops import TopImagesAccumulator

T = TypeVar("T")
ACTIVE = 20
BATCH = 4096  # images; the score stage's
IMAGES, NEURONS, EMBEDDING = 50_000, 65_536, 768  # the paper's size
PAIRS_AT_ONCE = 100  # images j per image i, the authors' batch


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
    if args.part:
        figures = PARTS[args.part]()
    else:
        figures = {name: figure for part in PARTS for name, figure in _apart(part).items()}
    print(json.dumps(figures) if args.json else "\n".join(f"{name:>28}  {value:,.10g}" for name, value in figures.items()))


def against_pairwise() -> dict[str, float]:
    """One pass from codes, and from dense activations, against all pairs."""
    images, codes, e_ne = next(synthetic(2000, 1024, 384, batch=2000))
    a_ns, noise_ns = codes.to_dense(), torch.randn(len(images), 1024, generator=torch.Generator().manual_seed(1))
    loop_seconds, expected = _timed(lambda: pairwise(a_ns, e_ne))
    expected_dense = pairwise(noise_ns, e_ne)
    found, found_dense = monosemanticity(codes, e_ne), monosemanticity(noise_ns, e_ne)
    seconds = median(_timed(lambda: monosemanticity(codes, e_ne))[0] for _ in range(25))
    dense_seconds = median(_timed(lambda: monosemanticity(noise_ns, e_ne))[0] for _ in range(25))
    if not torch.equal(found.isnan(), expected.isnan()):
        raise AssertionError("one pass and the loop find other neurons dead")
    return {
        "speedup_vs_pairwise": round(loop_seconds / seconds, 1),
        "speedup_vs_pairwise_dense": round(loop_seconds / dense_seconds, 1),
        "max_abs_diff": (found - expected).nan_to_num().abs().max().item(),
        "max_abs_diff_dense": (found_dense - expected_dense).abs().max().item(),
        "pairwise_seconds": round(loop_seconds, 3),
        "pairwise_neurons_timed": a_ns.shape[1],
        "one_pass_seconds": round(seconds, 5),
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
    times: dict[int, list[float]] = {2: [], 4: []}
    for _ in range(5):
        for repeats, seconds in times.items():
            seconds.append(_timed(lambda repeats=repeats: ms_of(batches * repeats))[0])
    return {"growth_2n": round(median(times[4]) / median(times[2]), 3)}


PARTS = {"pairwise": against_pairwise, "paper": paper_scale, "statistics": all_statistics, "growth": growth}


def pairwise(a_ns: Float[Tensor, "n s"], e_ne: Float[Tensor, "n e"]) -> Float[Tensor, " s"]:
    """The definition as the authors compute it: every pair of images once, all neurons at a time, float32."""
    scaled_ns = (a_ns - a_ns.amin(0)) / (a_ns.amax(0) - a_ns.amin(0))
    numerator_s, denominator_s = torch.zeros(2, a_ns.shape[1]).unbind()
    for i in range(len(a_ns)):
        for start in range(i + 1, len(a_ns), PAIRS_AT_ONCE):
            others = slice(start, start + PAIRS_AT_ONCE)
            cosine_j = F.cosine_similarity(e_ne[i].expand_as(e_ne[others]), e_ne[others], dim=1)
            weights_js = scaled_ns[i] * scaled_ns[others]
            numerator_s += (weights_js * cosine_j[:, None]).sum(0)
            denominator_s += weights_js.sum(0)
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


def _timed(do: Callable[[], T]) -> tuple[float, T]:
    start = time.perf_counter()
    made = do()
    return time.perf_counter() - start, made


def _peak_gb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # KiB on Linux


def _apart(part: str) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.bench.score", "--json", "--part", part]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


if __name__ == "__main__":
    main()
