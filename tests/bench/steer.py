"""From a move of the Steer page's slider to the first steered token, and to the whole answer, in this process.

    python -m tests.bench.steer --json

Of the atlas and model that the explorer would open here (MONOSCOPE_ATLASES, MONOSCOPE_VLM). Measured around what the page's
handler runs, drawing included, with the picture seen and the unsteered answer known, as they are when a slider moves.
"""

import argparse
import json
import random
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np

from explorer.atlas.library import Library, open_library
from explorer.atlas.steerable import can_steer
from explorer.settings import Settings
from explorer.study.session import Session
from explorer.study.store import AnswerStore
from explorer.ui.app import create_context
from explorer.ui.context import Context
from explorer.ui.pages.steer.answering import AskedImage, answering
from explorer.ui.pages.steer.answers import answers
from explorer.ui.pages.steer.view import read_steer, suggested
from explorer.ui.parts.examples import example, first_image

MOVES, WARM_UP = 60, 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--moves", type=int, default=MOVES)
    args = parser.parse_args()
    figures = measure(args.moves)
    print(json.dumps(figures) if args.json else "\n".join(f"{name:>20} {value:8.1f}" for name, value in figures.items()))


def measure(moves: int) -> dict[str, float]:
    """Percentiles in milliseconds, over random neurons' random α."""
    settings = Settings.from_environment()
    library = open_library(settings.atlases)
    atlas = next(filter(can_steer, library.atlases.values()), None)
    vlm = settings.vlm
    if atlas is None or vlm is None:
        sys.exit("needs an atlas of patch tokens and a vision-language model: set MONOSCOPE_ATLASES and MONOSCOPE_VLM")
    context, key, draw = _context(settings, library), first_image(atlas), random.Random(7)
    load = partial(example, atlas, key)
    image, neurons, firsts, wholes = AskedImage(key, load, load, own=False), suggested(atlas), [], []
    for move in range(WARM_UP + moves):
        neuron = draw.choice(neurons)
        alpha = draw.uniform(-1, 2) * float(atlas.neurons["max"].iat[neuron])
        begun, first = time.perf_counter(), None
        for so_far in answering(context, atlas, read_steer({"id": str(neuron), "alpha": f"{alpha:.4g}"}, atlas), image):
            answers(so_far)
            first = first or (time.perf_counter() - begun if so_far.steered is not None else None)
        if move >= WARM_UP and first is not None:
            firsts.append(1000 * first)
            wholes.append(1000 * (time.perf_counter() - begun))
    return {
        "first_token_ms_p50": round(float(np.percentile(firsts, 50)), 1),
        "first_token_ms_p95": round(float(np.percentile(firsts, 95)), 1),
        "answer_ms_p50": round(float(np.percentile(wholes, 50)), 1),
    }


def _context(settings: Settings, library: Library) -> Context:
    """What pages share, with a study that nobody answers."""
    return create_context(library, Session(AnswerStore(Path("unused")), library), settings)


if __name__ == "__main__":
    main()
