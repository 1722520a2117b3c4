"""How the house stands: circles of files, files on the way from a page to its model, private uses of libraries, lengths.

    python -m tests.bench.house --json

`circles`: of imports between files of explorer/ and precompute/. `walk_rooms_image`, `walk_rooms_steer`: all files of explorer/
that are entered from the page's handler to the model's result, here the neurons of an example and the first token of the
steered answer; models are loaded, and the atlas is the built-in `storybook-patches`. `walk_stack_image`, `walk_stack_steer`: of
these, the files on the stack while encoder, SAE or language model compute. `private_uses`: see `tests.bench.private_uses`.
`median_function`, `p90_function`, `median_file`: lines.
"""

import argparse
import ast
import json
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import numpy as np
from torch import nn

from tests.bench.private_uses import private_uses
from tests.imports import ROOT, circles, files, import_graph, parsed

PLACES = ("explorer", "precompute")
ATLAS = "storybook-patches"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    as_json = parser.parse_args().json
    paths = [path for place in ("app.py", *PLACES) for path in files(place)]
    rounds, private, walks = circles(import_graph(PLACES)), private_uses(paths), walk_pages()
    figures: dict[str, float] = {"circles": len(rounds), "private_uses": len(private), **lengths(paths)}
    figures |= {f"walk_{kind}_{page}": len(files) for page, walk in walks.items() for kind, files in walk._asdict().items()}
    if as_json:
        print(json.dumps(figures))
        return
    print("\n".join(f"{name:>16} {value}" for name, value in figures.items()))
    print("\n".join(["", *rounds, "", *(f"{use.path.relative_to(ROOT)}:{use.line}  {use.what}" for use in private)]))
    for page, walk in walks.items():
        for kind, way in walk._asdict().items():
            print(f"\n{page}, {kind}: {' → '.join(path.removeprefix('explorer/') for path in way)}")


def lengths(paths: Iterable[Path]) -> dict[str, float]:
    """Lines of functions, nested ones and methods too, from `def` to their last; and of files."""
    functions = [length for path in paths for length in function_lengths(parsed(path))]
    whole = [len(path.read_text(encoding="utf-8").splitlines()) for path in paths if path.name != "__init__.py"]
    figures = {"median_function": (functions, 50), "p90_function": (functions, 90), "median_file": (whole, 50)}
    return {name: round(float(np.percentile(lines, share)), 1) for name, (lines, share) in figures.items()}


def function_lengths(tree: ast.Module) -> list[int]:
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [(node.end_lineno or node.lineno) - node.lineno + 1 for node in functions]


class Walk(NamedTuple):
    """Files of explorer/ between a page's handler and the model's result, each once, in the order in which they are met."""

    rooms: list[str]  # all that are entered
    stack: list[str]  # those that are on the stack while a model computes: while a method of a torch module runs


def walk_until(steps: Iterator[object], root: Path = ROOT) -> Walk:
    """The walk through `root / "explorer"` while these steps are taken, until a model is left for the last time."""
    entered: list[str] = []
    calling: dict[str, None] = {}

    def note(frame: FrameType, event: str, _: object) -> None:
        if event != "call":
            return
        if isinstance(frame.f_locals.get("self"), nn.Module):
            calling.update(dict.fromkeys(reversed(_callers(frame, root))))
        entered.extend(_room(frame, root))

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        for _ in steps:
            pass
    finally:
        sys.setprofile(None)
        threading.setprofile(None)  # type: ignore[arg-type]  # as documented
    last = max((at for at, room in enumerate(entered) if room.startswith("explorer/models/")), default=len(entered) - 1)
    return Walk(list(dict.fromkeys(entered[: last + 1])), list(calling))


def _callers(frame: FrameType | None, root: Path) -> list[str]:
    """Files of explorer/ on the stack, the innermost first."""
    rooms = []
    while frame is not None:
        rooms += _room(frame, root)
        frame = frame.f_back
    return rooms


def _room(frame: FrameType, root: Path) -> list[str]:
    path = frame.f_code.co_filename
    return [Path(path).relative_to(root).as_posix()] if path.startswith(f"{root}/explorer/") else []


def walk_pages() -> dict[str, Walk]:
    """The walks of the Image and of the Steer page."""
    with tempfile.TemporaryDirectory() as directory:
        handlers = _handlers(Path(directory))
        walks = {
            "image": [image_steps(handlers, number) for number in range(2)],
            "steer": [steer_steps(handlers) for _ in range(2)],
        }
        for first, _ in walks.values():
            list(first)  # loads the models
        return {page: walk_until(second) for page, (_, second) in walks.items()}


# The pages as they are wired today; all that this file knows of them.


def _handlers(directory: Path) -> dict[str, Any]:
    """The handlers of all pages, by name; of several with one name, the first."""
    from explorer.atlas.library import open_library
    from explorer.settings import Settings
    from explorer.study.session import Session
    from explorer.study.store import AnswerStore
    from explorer.ui.app import create_app, create_context

    library = open_library([ROOT / "assets/storybook/atlases"])
    session = Session(AnswerStore(directory / "answers.sqlite"), library)
    demo = create_app(create_context(library, session, Settings.from_environment()))
    return {fn.fn.__name__: fn.fn for fn in reversed(demo.fns.values()) if fn.fn}


def image_steps(handlers: dict[str, Any], number: int) -> Iterator[object]:
    """What the Image page sends for an example of the atlas; a known one is not run through the encoder again."""
    import gradio as gr

    from explorer.atlas.atlas import Atlas
    from explorer.operations.first_questions import best_images

    example = best_images(Atlas(ROOT / "assets/storybook/atlases" / ATLAS))[number]
    return handlers["read_pictures"](None, None, gr.Request(query_params={"atlas": ATLAS, "example": example}))


def steer_steps(handlers: dict[str, Any]) -> Iterator[object]:
    """What the Steer page sends until the first token of the steered answer, which alone is timed."""
    import gradio as gr

    for page in handlers["steer"](None, gr.Request(query_params={"atlas": ATLAS})):
        yield page
        if 'class="timed"' in page:
            return


if __name__ == "__main__":
    main()
