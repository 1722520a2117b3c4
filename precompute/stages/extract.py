"""Stage 1, extract: pictures, or texts → activations at a tap of an encoder (or brought as a file), in shards.

Pictures are read, hashed, unpacked and prepared by worker processes while the model runs. What cannot be used is skipped and
listed with its reason. Killed, it goes on at the first shard that is not whole.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from jaxtyping import Float
from safetensors import SafetensorError, safe_open
from torch import Tensor
from tqdm import tqdm

from explorer.atlas.manifest import slug
from explorer.atlas.pictures import picture_hash
from explorer.errors import UserError
from explorer.models.encoders import VisionEncoder, load_encoder
from explorer.models.taps import PROJECTION, Tap
from explorer.models.texts import TextEncoder, load_texts
from precompute.activations import all_images, fingerprint, used_images, write_shard
from precompute.engines import Engine, on_ray
from precompute.image_batches import Prepared, Reader, Run, runs_of
from precompute.options import ASPECT, MEGAPIXELS, MaybeImages, MaybeModel, MaybePath, at_least, picture_limits
from precompute.sources.folder import ImageSet, open_images
from precompute.sources.texts import Texts, open_texts
from precompute.stage_record import begin, finish, request_key

SHARD_IMAGES, SHARD_VECTORS = 1024, 2**16  # at most; 2^16 vectors 1,024 wide are 256 MB
RUN = 16  # shards, at most, that an actor reads in one go, so that it is not idle between two


@dataclass(frozen=True)
class Extract:
    """Read activations of every picture, or of every text.

    Examples: python -m precompute extract --images photos --encoder openai/clip-vit-large-patch14-336 --tap 22:cls --out acts;
    python -m precompute extract --texts captions.txt --encoder openai/clip-vit-large-patch14-336 --tap 10:eos --out text-acts
    """

    out: Path
    """Directory to write."""
    images: MaybeImages = None
    """A folder, shards as "DIR/*.tar", a saved dataset, or hf:NAME[:CONFIG][@SPLIT]."""
    encoder: MaybeModel = None
    """Hub id, local directory, or open_clip:ARCH/TAG."""
    tap: str = "projection"
    """BLOCK:cls, BLOCK:mean, BLOCK:patches, BLOCK:random:N, of texts BLOCK:eos, or projection."""
    activations: MaybePath = None
    """Bring your own: a safetensors file with one matrix, row i for picture i, instead of an encoder."""
    labels: MaybePath = None
    """CSV with the columns file,label: which pictures, in which order."""
    texts: MaybePath = None
    """Instead of pictures: a file with one text a line, for a text tower."""
    batch_size: int = 64
    """Pictures per forward pass."""
    workers: int = 2
    """Processes that read and prepare pictures; 0 to do it in this one."""
    seed: int = 0
    """Of the random tokens."""
    max_megapixels: float = MEGAPIXELS
    """Larger pictures are skipped; of WebP and AVIF files at most about half as many are read."""
    max_aspect: float = ASPECT
    """Pictures whose longer side is a larger multiple of the shorter one are skipped."""
    engine: Engine = "here"
    """Where it runs: in this process, or on a Ray cluster (RAY_ADDRESS, or one on this machine) that shares the disk."""
    actors: int = 2
    """Ray processes that hold the model."""
    force: bool = False
    """Replace what another run left in --out."""


def run(ask: Extract) -> None:
    """Do what is asked.

    Raises:
        UserError: if something asked for does not exist or does not fit.
    """
    at_least(1, batch_size=ask.batch_size, actors=ask.actors)
    at_least(0, workers=ask.workers)
    picture_limits(ask.max_megapixels, ask.max_aspect)
    images = open_set(ask)
    request = extract_request(ask, images)
    if not begin(ask.out, "extract", request, force=ask.force):
        print(f"extract: {ask.out} is finished already")
        return
    about = _read_all(ask, images)
    everything = all_images(ask.out)
    used = used_images(ask.out)
    if used.empty:
        raise UserError(
            f"--images {images.name}: none of {len(everything)} pictures can be used, the first {everything['reason'][0]}"
        )
    skipped = everything.loc[everything["reason"] != "", ["key", "reason"]].to_dict("records")
    about |= {"images": len(used), "fingerprint": fingerprint(used), "name": images.name, "skipped": skipped}
    finish(ask.out, about | {"limits": {"max_megapixels": ask.max_megapixels, "max_aspect": ask.max_aspect}})
    _tell(len(used), "texts" if ask.texts else "pictures", skipped, getattr(images, "unreadable", []))


def open_set(ask: Extract) -> ImageSet | Texts:
    """What is to be read.

    Raises:
        UserError: if there is no such thing, or not one alone is named.
    """
    if ask.texts is not None and ask.images is None and ask.activations is None:
        return open_texts(ask.texts)
    if ask.images is None or ask.texts is not None:
        raise UserError("extract needs --images, with an --encoder or --activations; or else --texts, with an --encoder")
    return open_images(ask.images, ask.labels)


def extract_request(ask: Extract, images: ImageSet | Texts) -> dict[str, Any]:
    """What decides the result: the same request, the same activations."""
    brought = picture_hash(ask.activations.read_bytes()) if ask.activations and ask.activations.is_file() else None
    return {
        "images": ask.images,
        "labels": str(ask.labels) if ask.labels else None,
        "stamp": images.stamp(),
        "encoder": ask.encoder,
        "encoder_stamp": _directory_stamp(Path(ask.encoder)) if ask.encoder else None,
        "tap": None if ask.activations else str(Tap.parse(ask.tap)),
        "activations": str(ask.activations) if ask.activations else None,
        "activations_hash": brought,
        "seed": ask.seed,
    } | ({"texts": str(ask.texts)} if ask.texts else _other_limits(ask))


def _other_limits(ask: Extract) -> dict[str, float]:
    """Limits of pictures that are not the usual ones."""
    asked = {"max_megapixels": (ask.max_megapixels, MEGAPIXELS), "max_aspect": (ask.max_aspect, ASPECT)}
    return {name: value for name, (value, usual) in asked.items() if value != usual}


def _directory_stamp(directory: Path) -> str | None:
    """Changes when a model on disk does; None for one of the Hub."""
    if not directory.is_dir():
        return None
    told = sorted((path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in directory.iterdir() if path.is_file())
    return request_key({"files": told})


class Shards:
    """Reads and writes shards; what they need is loaded once."""

    tell: Callable[[int], object] = id
    """Hears how many items were read, as they are."""

    def __init__(self, ask: Extract) -> None:
        self.ask = ask
        self.brought = None if ask.activations is None else _read_brought(ask.activations)
        self.encoder, self.tap = _load(ask) if self.brought is None else (None, Tap.parse(PROJECTION))
        self.tokens = self.encoder.tokens(self.tap) if self.encoder else 1
        self.size = max(1, min(SHARD_IMAGES, SHARD_VECTORS // self.tokens))
        limits = picture_limits(ask.max_megapixels, ask.max_aspect)
        self._reader = Reader(self.encoder, self.size, ask.batch_size, ask.workers, limits)

    def left(self, items: int) -> list[int]:
        """The shards of so many items that are not on disk yet."""
        return [n for n in range(-(-items // self.size)) if not self._path(n).is_file()]

    def __call__(self, run: Run) -> int:
        """Read and write the shards of a run that are not on disk; gives the number of their items."""
        missing = run._replace(shards=[n for n in run.shards if not self._path(n).is_file()])
        return sum(self._write(number, parts) for number, parts in groupby(self._reader.prepared(missing), attrgetter("shard")))

    def _path(self, number: int) -> Path:
        return self.ask.out / f"shard-{number:05d}.safetensors"

    def _write(self, number: int, parts: Iterator[Prepared]) -> int:
        vectors, rows = [], []
        for prepared in parts:
            rows += prepared.rows
            if prepared.inputs is not None and self.encoder is not None:
                seeds = [hash((self.ask.seed, row["index"])) & 0x7FFFFFFF for row in prepared.rows if not row["reason"]]
                vectors.append(self.encoder.read(prepared.inputs, self.tap, seeds).cpu())
            self.tell(len(prepared.rows))
        table = pd.DataFrame(rows)
        if self.brought is not None:
            usable = torch.tensor(table.loc[table["reason"] == "", "index"].to_numpy())
            vectors = [self.brought[usable].float()[:, None]]
        found = torch.cat(vectors) if vectors else torch.empty(0, self.tokens, 0)
        if not found.isfinite().all():
            source = self.ask.activations or self.ask.encoder
            raise UserError(f"{source}: gave NaN or infinite activations; check the model, or the file")
        write_shard(self.ask.out, number, found, table)
        return len(rows)

    def about(self) -> dict[str, Any]:
        """What the record tells of the vectors."""
        paths = self.ask.out.glob("shard-*.safetensors")
        widths = [safe_open(path, "pt").get_slice("activations").get_shape()[2] for path in paths]
        grid = self.encoder.grid if self.encoder and self.tap.tokens == "patches" else None
        shape = {"tokens": self.tokens, "width": max(widths, default=0), "grid": grid}
        return shape | {
            "crop": self.encoder.crop if self.encoder else None,
            "encoder": _model(self.ask, self.encoder),
            "tap": str(self.tap) if self.encoder else "brought",
        }


def _read_all(ask: Extract, items: ImageSet | Texts) -> dict[str, Any]:
    """Every shard that is not on disk yet, here or on Ray, under one progress bar."""
    shards, count = Shards(ask), len(items.keys)
    if shards.brought is not None:
        _check_brought(shards.brought, count, ask)
    left = shards.left(count)
    done = count - sum(len(range(count)[n * shards.size : (n + 1) * shards.size]) for n in left)
    with tqdm(total=count, initial=done, unit="text" if ask.texts else "image", desc="extract", dynamic_ncols=True) as bar:
        if ask.engine == "ray":
            most = max(1, min(RUN, len(left) // (4 * ask.actors)))
            for read in on_ray(partial(Shards, _absolute(ask)), runs_of(items, shards.size, left, most), ask.actors):
                bar.update(read)
        elif left:
            shards.tell = bar.update
            shards(*runs_of(items, shards.size, left, len(left)))
    return shards.about()


def _absolute(ask: Extract) -> Extract:
    """The same for workers, which start elsewhere."""
    local = ask.encoder is not None and Path(ask.encoder).is_dir()
    brought = ask.activations and ask.activations.resolve()
    return replace(
        ask, out=ask.out.resolve(), encoder=str(Path(ask.encoder or "").resolve()) if local else ask.encoder, activations=brought
    )


def _load(ask: Extract) -> tuple[VisionEncoder | TextEncoder, Tap]:
    if ask.encoder is None:
        raise UserError("extract needs --encoder ID_OR_DIR, or --activations FILE.safetensors of one that ran elsewhere")
    tap = Tap.parse(ask.tap)
    encoder = load_texts(ask.encoder) if ask.texts else load_encoder(ask.encoder)
    encoder.check(tap)
    return encoder, tap


def _model(ask: Extract, encoder: VisionEncoder | TextEncoder | None) -> dict[str, Any]:
    if encoder is not None:
        told = {"name": slug(encoder.name), "source": ask.encoder, "library": encoder.library}
        return told | {"weights": encoder.weights_hash()}
    path = ask.activations or Path()
    return {"name": slug(path.stem), "source": path.name, "library": "none", "weights": picture_hash(path.read_bytes())}


def _read_brought(path: Path) -> Float[Tensor, "n d"]:
    try:
        with safe_open(path, "pt") as file:
            names = list(file.keys())
            matrices = [name for name in names if len(file.get_slice(name).get_shape()) == 2]
            if len(matrices) != 1:
                raise UserError(f"{path}: needs exactly one matrix (pictures × width), found {names}; save it alone")
            return file.get_tensor(matrices[0])
    except (OSError, SafetensorError) as error:
        raise UserError(f"{path}: not a readable safetensors file ({error}); save the activations with safetensors") from error


def _check_brought(brought: Tensor, images: int, ask: Extract) -> None:
    if len(brought) != images:
        raise UserError(
            f"{ask.activations} has {len(brought)} rows for {images} pictures: bring one row per picture, "
            "in the order of the pictures"
        )


def _tell(used: int, what: str, skipped: list[dict[str, str]], unreadable: list[str]) -> None:
    print(f"extract: {used:,} {what} used, {len(skipped):,} skipped")
    for row in skipped[:20]:
        print(f"  skipped {row['key']}: {row['reason']}")
    if len(skipped) > 20:
        print(f"  … and {len(skipped) - 20:,} more, listed in the record")
    for folder in unreadable:
        print(f"  folder {folder} could not be listed")
