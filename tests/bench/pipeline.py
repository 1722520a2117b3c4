"""The pipeline on real photographs: time and memory of a whole atlas, and how busy extract keeps the model.

    python -m tests.bench.pipeline --json           all figures, about ten minutes on two cores
    python -m tests.bench.pipeline --part extract   only the true-size models

`atlas_seconds` and `atlas_peak_gb`: 10,000 photographs through the small photo-trained CLIP, Matryoshka ×4, by the one command.
`clip_*`, `dinov2_*`: 1,000 photographs of mixed sizes through true-size models with RANDOM weights (ViT-B/32 CLIP and
DINOv2-small; tests.bench.score does the default E, DINOv2-base), the whole extract stage against the bare model on batches that
are already in memory. Needs ../shared/real.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from threading import Event, Thread

import psutil

from tests.conftest import REAL

BARE_IMAGES, BATCH = 192, 32
LOOK_EVERY = 5  # seconds; looking ten times as often took a tenth of two cores from what is measured


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--part", choices=["all", "atlas", "extract"], default="all")
    parser.add_argument("--photographs", type=int, default=1000, help="how many of the 1,000 the true-size models read")
    args = parser.parse_args()
    if not REAL.is_dir():
        parser.error("real data (../shared/real) is absent: this benchmark needs its photographs")
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as directory:
        if args.part in ("all", "atlas"):
            figures |= whole_atlas(Path(directory))
        if args.part in ("all", "extract"):
            for kind in ("clip", "dinov2"):
                figures |= extract_rate(kind, Path(directory), args.photographs)
    print(json.dumps(figures) if args.json else "\n".join(f"{name:>28} {value:10.3f}" for name, value in figures.items()))


def whole_atlas(root: Path) -> dict[str, float]:
    """Seconds and peak resident memory of the one command, its worker processes included."""
    photos, clip = REAL / "tiny-imagenet-val", REAL / "models" / "photo-clip"
    arguments = f"atlas --images {photos} --labels {photos}/labels.csv --encoder {clip} --tap 5:cls --similarity {clip}"
    sae = "--sae matryoshka --expansion 4 --k 20"
    seconds, peak = run([*arguments.split(), *sae.split(), "--out", str(root / "atlases" / "photos")])
    return {"atlas_seconds": seconds, "atlas_peak_gb": peak}


def extract_rate(kind: str, root: Path, count: int) -> dict[str, float]:
    """Images per second of the extract stage and of the bare model, and their quotient."""
    from tests.precompute.true_size import save_true_size

    source, photos, some = save_true_size(kind, root / kind), REAL / "imagenet-1000", root / "some.csv"
    some.write_text("\n".join((photos / "labels.csv").read_text().splitlines()[: count + 1]) + "\n")
    common = f"extract --images {photos} --labels {some} --encoder {source} --tap 11:cls --batch-size {BATCH}"
    seconds, peak = run([*common.split(), "--out", str(root / f"{kind}-activations")])
    loading, _ = run([sys.executable, "-c", f"from explorer.models.encoders import load_encoder; load_encoder({str(source)!r})"])
    whole, bare = count / (seconds - loading), bare_rate(str(source))
    kind = kind.replace("-", "_")
    return {
        f"{kind}_images_per_s": whole,
        f"{kind}_bare_images_per_s": bare,
        f"{kind}_extract_efficiency": whole / bare,
        f"{kind}_peak_gb": peak,
    }


def bare_rate(source: str) -> float:
    """Images per second of the model alone, to the same tap, on a batch in memory."""
    import torch
    from PIL import Image

    from explorer.models.encoders.loading import load_encoder
    from explorer.models.taps import Tap

    encoder = load_encoder(source)
    inputs = encoder.prepare([Image.effect_noise((224, 224), 60).convert("RGB")] * BATCH)
    encoder.read(inputs, Tap(11, "cls"))
    start = time.perf_counter()
    with torch.inference_mode():
        for _ in range(BARE_IMAGES // BATCH):
            encoder.read(inputs, Tap(11, "cls"))
    return BARE_IMAGES / (time.perf_counter() - start)


def run(command: list[str]) -> tuple[float, float]:
    """Seconds and peak GB of a command (a stage of precompute, or a program) with its children."""
    command = command if command[0] == sys.executable else [sys.executable, "-m", "precompute", *command]
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    ended, peaks = Event(), [0.0]
    watcher = Thread(target=_watch, args=(process.pid, ended, peaks))
    watcher.start()
    _, errors = process.communicate()
    ended.set()
    watcher.join()
    if process.returncode:
        sys.exit(errors.decode().strip().split("\n")[-1])
    return time.perf_counter() - start, max(peaks)


def _watch(pid: int, ended: Event, peaks: list[float]) -> None:
    """Sums what the processes alone hold (USS), so that memory they share counts once; seldom, since looking takes long."""
    while not ended.wait(LOOK_EVERY):
        try:
            family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
            private = sum(member.memory_full_info().uss for member in family)
            shared = max(member.memory_full_info().rss - member.memory_full_info().uss for member in family)
        except psutil.Error:
            continue
        peaks.append((private + shared) / 1e9)


if __name__ == "__main__":
    main()
