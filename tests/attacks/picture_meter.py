"""Measures, each in a process of its own, what pictures cost: run as `python -m tests.attacks.picture_meter WORK < names`.

One JSON line for each file in WORK/bombs: what became of it, by how much the process grew at most while it was read (VmHWM over
the memory before), and how long that took. The processes are forked from one that has everything imported, and each unpacks
one small picture of every format first, so that no library's own pages are counted.
"""

import contextlib
import json
import multiprocessing as mp
import os
import sys
import time
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import torch
import transformers as tf

from explorer.atlas.novelty import colours
from explorer.atlas.pictures import decode_picture, thumbnail
from explorer.errors import UserError
from explorer.models.encoders.base import VisionEncoder
from explorer.models.encoders.loading import load_encoder
from precompute.stages.extract import Extract
from precompute.stages.extract import run as extract
from tests.attacks.picture_bombs import saved
from tests.memory import growth

TIME_LIMIT = 60.0  # seconds, after which a picture counts as one that hangs
WARM = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")


def main(work: Path) -> None:
    """Measure every file in `work / "bombs"` in both ways."""
    torch.set_num_threads(1)  # a pool of threads would not survive the fork
    model = _save_clip(work / "model")
    encoder = load_encoder(str(model), "cpu")
    ways: dict[str, Callable[[Path], None]] = {
        "app": partial(_as_the_app_does, encoder),
        "extract": partial(_as_extract_does, model, work),
    }
    for file in sorted((work / "bombs").iterdir()):
        for way, read in ways.items():
            print(json.dumps({"file": file.name, "way": way} | _measured(read, file)), flush=True)


def _as_the_app_does(encoder: VisionEncoder, file: Path) -> None:
    """An upload: unpacked, compared with the atlas's own pictures by colour, and prepared."""
    image = decode_picture(file.read_bytes())
    colours(decode_picture(thumbnail(image)[0]))
    encoder.prepare([image])


def _as_extract_does(model: Path, work: Path, file: Path) -> None:
    folder = work / "folders" / file.stem
    folder.mkdir(parents=True)
    os.link(file, folder / f"{file.stem}.png")
    extract(Extract(work / "out" / file.stem, str(folder), str(model), workers=0))


def _measured(read: Callable[[Path], None], file: Path) -> dict[str, Any]:
    context = mp.get_context("fork")
    ours, theirs = context.Pipe()
    process = context.Process(target=_child, args=(read, file, theirs))
    process.start()
    theirs.close()
    try:
        return ours.recv() if ours.poll(TIME_LIMIT) else _ended("hangs", TIME_LIMIT)
    except EOFError:
        process.join()
        return _ended(f"died with exit code {process.exitcode}", 0.0)
    finally:
        process.kill()
        process.join()


def _ended(fate: str, seconds: float) -> dict[str, Any]:
    return {"fate": fate, "seconds": seconds, "cpu_seconds": seconds, "growth_mb": 0.0}


def _child(read: Callable[[Path], None], file: Path, pipe: Connection) -> None:
    for kind in WARM:
        decode_picture(saved((64, 64), "RGB", kind))
    _as_the_app_does(load_encoder(str(file.parent.parent / "model"), "cpu"), file.parent.parent / "small.png")
    start, worked, fate = time.perf_counter(), time.process_time(), "read"
    with growth() as grown:
        try:
            with open(os.devnull, "w") as null, contextlib.redirect_stdout(null), contextlib.redirect_stderr(null):
                read(file)
        except UserError as error:
            fate = f"refused: {error}"
        except Exception as error:
            fate = f"raised {type(error).__name__}: {error}"
    seconds, worked = time.perf_counter() - start, time.process_time() - worked
    pipe.send({"fate": fate, "seconds": round(seconds, 2), "cpu_seconds": round(worked, 2), "growth_mb": round(grown.mb, 1)})


def _save_clip(directory: Path) -> Path:
    """A small random CLIP tower that sees 224 px, as the large ones do."""
    config = tf.CLIPVisionConfig(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32, image_size=224, patch_size=32
    )
    tf.CLIPVisionModelWithProjection(config).save_pretrained(directory)
    tf.CLIPImageProcessor(size={"shortest_edge": 224}, crop_size={"height": 224, "width": 224}).save_pretrained(directory)
    (directory.parent / "small.png").write_bytes(saved((64, 64), "RGB", "PNG"))
    return directory


if __name__ == "__main__":
    main(Path(sys.argv[1]))
