"""From a move of the Steer page's slider to the first steered token, and to the whole answer, in this process; and what steers.

    python -m tests.bench.steer --json
    python -m tests.bench.steer --neurons 4 --prompts 2 --moves 10    # small

Of the atlas and model that the explorer would open here (MONOSCOPE_ATLASES, MONOSCOPE_VLM). Measured around what the page's
handler runs, drawing included, with the picture seen and the unsteered answer known, as they are when a slider moves.
`strip_ratio` is the time of the answers at seven values of α, generated together, over that of one; `vision_blocks_rerun` counts
the blocks of the vision tower that ran during all of it, beside those of the first look at the picture.

Then `evaluate-steering` by the exact judge, see `steer_quality.py`: a quarter of an hour of one core the first time;
its answers are kept in --work. `--neurons 0` leaves it out.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np

from explorer.atlas.atlas import Atlas
from explorer.atlas.library import Library, open_library
from explorer.atlas.steerable import can_steer
from explorer.operations.first_questions import first_image
from explorer.operations.images import NamedImage, atlas_image
from explorer.operations.steer import Steering
from explorer.operations.strip import strip
from explorer.settings import Settings
from explorer.study.session import Session
from explorer.study.store import AnswerStore
from explorer.ui.app import create_context
from explorer.ui.context import Context
from explorer.ui.pages.steer.answering import AskedImage, answering
from explorer.ui.pages.steer.answers import answers
from explorer.ui.pages.steer.view import SteerView, read_steer, suggested
from tests.bench.steer_quality import quality

MOVES, WARM_UP = 60, 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--moves", type=int, default=MOVES)
    parser.add_argument("--neurons", type=int, default=100, help="neurons of the evaluation; 0: none")
    parser.add_argument("--prompts", type=int, default=10, help="prompts of the evaluation, the first of the ten")
    parser.add_argument("--work", type=Path, default=Path("work/bench-steering"), help="where its answers are kept")
    args = parser.parse_args()
    library, vlm = _opened()
    figures: dict[str, object] = dict(measure(library, args.moves))
    if args.neurons:
        figures |= quality(_steered(library), vlm, args.neurons, args.prompts, args.work)
    print(json.dumps(figures) if args.json else "\n".join(f"{name:>32} {value}" for name, value in figures.items()))


def _opened() -> tuple[Library, str]:
    """The explorer's atlases and its vision-language model."""
    settings = Settings.from_environment()
    if settings.vlm is None:
        sys.exit("needs a vision-language model: set MONOSCOPE_VLM")
    return open_library(settings.atlases), settings.vlm


def _steered(library: Library) -> Atlas:
    """The first atlas that can steer."""
    atlas = next(filter(can_steer, library.atlases.values()), None)
    if atlas is None:
        sys.exit("needs an atlas of patch tokens: set MONOSCOPE_ATLASES")
    return atlas


def measure(library: Library, moves: int) -> dict[str, float]:
    """Percentiles in milliseconds, over random neurons' random α."""
    settings, atlas = Settings.from_environment(), _steered(library)
    vlm = settings.vlm or ""
    context, key = _context(settings, library), first_image(atlas)
    load = atlas_image(atlas, key).load
    image, draw = AskedImage(key, load, load, own=False), random.Random(7)

    def views(**more: str) -> Iterator[SteerView]:
        """Random moves of the slider, of random neurons."""
        for _ in range(WARM_UP + moves):
            neuron = draw.choice(suggested(atlas))
            alpha = draw.uniform(-1, 2) * float(atlas.neurons["max"].iat[neuron])
            yield read_steer({"id": str(neuron), "alpha": f"{alpha:.4g}", **more}, atlas)

    ask = partial(_timed, context, atlas, image)
    moved = list(views())
    list(map(ask, moved[:WARM_UP]))
    with blocks_run(context, atlas, vlm) as blocks:
        took = list(map(ask, moved[WARM_UP:]))
        again = list(map(ask, moved[WARM_UP:]))
    strips = [_strip_seconds(context, atlas, vlm, image, view) for view in islice(views(), moves // 10)]
    firsts, wholes = zip(*took, strict=True)
    return {
        **{f"first_token_ms_p{p}": _percentile(firsts, p) for p in (50, 95)},
        **{f"answer_ms_p{p}": _percentile(wholes, p) for p in (50, 95)},
        "cached_answer_ms_p95": _percentile([whole for _, whole in again], 95),
        "strip_ratio": round(float(np.median(strips) / np.median(wholes)), 2),
        "vision_blocks_rerun": len(blocks),
    }


def _timed(context: Context, atlas: Atlas, image: AskedImage, view: SteerView) -> tuple[float, float]:
    """Seconds to the first steered token, and to the end."""
    begun, first = time.perf_counter(), None
    for so_far in answering(context, atlas, view, image):
        answers(so_far)
        first = first or (time.perf_counter() - begun if so_far.steered is not None else None)
    whole = time.perf_counter() - begun
    return whole if first is None else first, whole


def _strip_seconds(context: Context, atlas: Atlas, vlm: str, image: AskedImage, view: SteerView) -> float:
    """Seconds for the answers at seven values of α that nobody has asked for."""
    asked = Steering(view.neuron, view.alpha, view.prompt, view.length, view.temperature, view.seed, where=view.where)
    alphas = [alpha + view.range.step / 3 for alpha in view.strip_alphas]
    begun = time.perf_counter()
    list(strip(context.pool, atlas, vlm, NamedImage(image.key, image.load), asked, alphas))
    return time.perf_counter() - begun


@contextmanager
def blocks_run(context: Context, atlas: Atlas, vlm: str) -> Iterator[list[object]]:
    """Fills the list with the vision tower's blocks as they run."""
    ran: list[object] = []
    hooks = [
        block.register_forward_hook(lambda module, *_: ran.append(module))
        for block in context.pool.steerer(atlas, vlm).vlm.encoder.blocks
    ]
    yield ran
    for hook in hooks:
        hook.remove()


def _percentile(seconds: Sequence[float], percent: float) -> float:
    """In milliseconds."""
    return round(1000 * float(np.percentile(seconds, percent)), 1)


def _context(settings: Settings, library: Library) -> Context:
    """What pages share, with a study that nobody answers."""
    return create_context(library, Session(AnswerStore(Path("unused")), library), settings)


if __name__ == "__main__":
    main()
