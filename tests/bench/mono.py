"""What MonoLoss does to MS, purity and R²: the same SAEs with and without it, on real photographs.

    python -m tests.bench.mono --json
    python -m tests.bench.mono --steps 200 --weights 0 3e-4    # small

A sweep over the 10,000 Tiny-ImageNet photographs of `../shared/real` under its small CLIP: ×4, K 10, 3,000 steps, the class
token of block 4; E is the same CLIP's projection. `purity` is the mean share of a neuron's commonest class among its strongest
images, of the neurons that fire on 16 images or more (`ranked`), and owes nothing to E. About half an hour of one core.
"""

import argparse
import json
import sys
import tempfile
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np

from explorer.atlas.atlas import Atlas
from precompute.sweep import Sweep, run
from tests.conftest import REAL

SWEEP = """images = "{real}/tiny-imagenet-val"
labels = "{real}/tiny-imagenet-val/labels.csv"
encoder = "{real}/models/photo-clip"
similarity = ["{real}/models/photo-clip"]
tap = "4:cls"
k = 10
threads = 1
workers = 0
steps = {steps}
sae = ["none", "{kind}"]
mono = {weights}
"""


def measure(kind: str, weights: list[float], steps: int) -> dict[str, float]:
    """`FIGURE_WEIGHT` for each weight, and those of the encoder's own dimensions as `FIGURE_none`."""
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as directory:
        file, out = Path(directory) / "sweep.toml", Path(directory) / "atlases"
        file.write_text(SWEEP.format(real=REAL, steps=steps, kind=kind, weights=weights), encoding="utf-8")
        with redirect_stdout(sys.stderr):
            run(Sweep(file, out))
        for atlas in (Atlas(path.parent) for path in sorted(out.glob("*/manifest.json"))):
            mono = atlas.manifest.sae.mono
            name = "none" if atlas.manifest.sae.kind == "none" else f"{mono or 0:g}"
            figures |= {f"{figure}_{name}": value for figure, value in of_atlas(atlas).items()}
    return figures


def of_atlas(atlas: Atlas) -> dict[str, float]:
    """The figures of one atlas."""
    ranked = atlas.fires_on() >= 16
    ms = atlas.ms(atlas.similarities[0])
    figures = {"ms_mean": np.nanmean(ms), "ms_best": np.nanmax(ms[ranked]), "purity": atlas.neurons["label_share"][ranked].mean()}
    figures |= {"ranked": ranked.sum(), "dead": atlas.manifest.metrics.dead, "r2": atlas.manifest.metrics.r2 or np.nan}
    return {name: round(float(value), 4) for name, value in figures.items() if np.isfinite(value)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--kind", default="batchtopk", help="of SAE")
    parser.add_argument("--weights", type=float, nargs="+", default=[0.0, 3e-4, 1e-3, 3e-3])
    parser.add_argument("--steps", type=int, default=3000)
    args = parser.parse_args()
    figures = measure(args.kind, args.weights, args.steps)
    print(json.dumps(figures) if args.json else "\n".join(f"{name:>20} {value}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
