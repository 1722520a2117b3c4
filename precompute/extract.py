"""Stage 1, extract: pictures → activations at a tap of an encoder (or brought as a file), in shards.

Pictures are read, hashed, unpacked and prepared by worker processes while the model runs. What cannot be used is skipped and
listed with its reason. Killed, it goes on at the first shard that is not whole.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import torch
from jaxtyping import Float
from safetensors import SafetensorError, safe_open
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from tqdm import tqdm

from explorer.atlas.manifest import slug
from explorer.atlas.pictures import decode_picture, picture_hash
from explorer.errors import UserError
from explorer.models.encoders import Inputs, VisionEncoder, load_encoder
from explorer.models.taps import Tap
from precompute.activations import COLUMNS, all_images, fingerprint, used_images, write_shard
from precompute.data import ImageSet, open_images
from precompute.options import MaybeModel, MaybePath, at_least
from precompute.record import begin, finish, request_key

SHARD_IMAGES, SHARD_VECTORS = 1024, 2**16  # at most; 2^16 vectors 1,024 wide are 256 MB


@dataclass(frozen=True)
class Extract:
    """Read activations of every picture.

    Example: python -m precompute extract --images photos --encoder openai/clip-vit-large-patch14-336 --tap 22:cls --out acts
    """

    images: str
    """A folder, shards as "DIR/*.tar", a saved dataset, or hf:NAME[:CONFIG][@SPLIT]."""
    out: Path
    """Directory to write."""
    encoder: MaybeModel = None
    """Hub id, local directory, or open_clip:ARCH/TAG."""
    tap: str = "projection"
    """BLOCK:cls, BLOCK:mean, BLOCK:patches, BLOCK:random:N, or projection."""
    activations: MaybePath = None
    """Bring your own: a safetensors file with one matrix, row i for picture i, instead of an encoder."""
    labels: MaybePath = None
    """CSV with the columns file,label: which pictures, in which order."""
    batch_size: int = 64
    """Pictures per forward pass."""
    workers: int = 2
    """Processes that read and prepare pictures; 0 to do it in this one."""
    seed: int = 0
    """Of the random tokens."""
    force: bool = False
    """Replace what another run left in --out."""


class Prepared(NamedTuple):
    """One batch of pictures, ready for the model."""

    inputs: Inputs | None  # of the usable ones; None if there is none, or no model wants them
    rows: list[dict[str, Any]]  # one per picture, COLUMNS


@dataclass
class _Batches(Dataset[Prepared]):
    """Batch number → prepared pictures; runs in the workers."""

    images: ImageSet
    encoder: VisionEncoder | None
    starts: list[int]
    stops: list[int]

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, number: int) -> Prepared:
        rows, pictures = [], []
        for index in range(self.starts[number], self.stops[number]):
            row = dict(zip(COLUMNS, (index, self.images.keys[index], "", self.images.labels[index], ""), strict=True))
            try:
                data = self.images.read(index)
                row["hash"] = picture_hash(data)
                pictures.append(decode_picture(data))
            except UserError as error:
                row["reason"] = str(error)
            except OSError as error:
                row["reason"] = f"cannot be read ({error.strerror or error})"
            rows.append(row)
        return Prepared(self.encoder.prepare(pictures) if self.encoder and pictures else None, rows)


def run(ask: Extract) -> None:
    """Do what is asked.

    Raises:
        UserError: if something asked for does not exist or does not fit.
    """
    at_least(1, batch_size=ask.batch_size)
    at_least(0, workers=ask.workers)
    images = open_images(ask.images, ask.labels)
    request = extract_request(ask, images)
    if not begin(ask.out, "extract", request, force=ask.force):
        print(f"extract: {ask.out} is finished already")
        return
    if ask.activations is not None:
        about = _store_brought(ask, images, _read_brought(ask.activations, len(images.keys)))
    else:
        about = _store_read(ask, images, *_load(ask))
    everything = all_images(ask.out)
    used = used_images(ask.out)
    if used.empty:
        raise UserError(
            f"--images {ask.images}: none of {len(everything)} pictures can be used, the first {everything['reason'][0]}"
        )
    skipped = everything.loc[everything["reason"] != "", ["key", "reason"]].to_dict("records")
    finish(ask.out, about | {"images": len(used), "fingerprint": fingerprint(used), "name": images.name, "skipped": skipped})
    _tell(len(used), skipped, getattr(images, "unreadable", []))


def extract_request(ask: Extract, images: ImageSet) -> dict[str, Any]:
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
    }


def _directory_stamp(directory: Path) -> str | None:
    """Changes when a model on disk does; None for one of the Hub."""
    if not directory.is_dir():
        return None
    told = sorted((path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in directory.iterdir() if path.is_file())
    return request_key({"files": told})


def _load(ask: Extract) -> tuple[VisionEncoder, Tap]:
    if ask.encoder is None:
        raise UserError("extract needs --encoder ID_OR_DIR, or --activations FILE.safetensors of one that ran elsewhere")
    tap = Tap.parse(ask.tap)
    encoder = load_encoder(ask.encoder)
    encoder.check(tap)
    return encoder, tap


def _store_read(ask: Extract, images: ImageSet, encoder: VisionEncoder, tap: Tap) -> dict[str, Any]:
    tokens, width = encoder.tokens(tap), 0
    size = max(1, min(SHARD_IMAGES, SHARD_VECTORS // tokens))
    for number, loader in _unfinished_shards(ask, images, encoder, size):
        vectors, rows = [], []
        for prepared in loader:
            rows += prepared.rows
            if prepared.inputs is not None:
                seeds = [hash((ask.seed, row["index"])) & 0x7FFFFFFF for row in prepared.rows if not row["reason"]]
                vectors.append(_finite(encoder.read(prepared.inputs, tap, seeds).cpu(), ask))
        width = vectors[0].shape[2] if vectors else width
        write_shard(ask.out, number, torch.cat(vectors) if vectors else torch.empty(0, tokens, width), pd.DataFrame(rows))
    grid = encoder.grid if tap.tokens == "patches" else None
    return _about(ask.out, tokens, grid) | {
        "crop": encoder.crop,
        "encoder": {
            "name": slug(encoder.name),
            "source": ask.encoder,
            "library": encoder.library,
            "weights": encoder.weights_hash(),
        },
        "tap": str(tap),
    }


def _store_brought(ask: Extract, images: ImageSet, vectors: Float[Tensor, "n d"]) -> dict[str, Any]:
    for number, loader in _unfinished_shards(ask, images, None, SHARD_IMAGES):
        rows = pd.DataFrame([row for prepared in loader for row in prepared.rows])
        usable = torch.tensor(rows.loc[rows["reason"] == "", "index"].to_numpy())
        write_shard(ask.out, number, _finite(vectors[usable].float(), ask)[:, None], rows)
    path = ask.activations or Path()
    brought = {"name": slug(path.stem), "source": path.name, "library": "none", "weights": picture_hash(path.read_bytes())}
    return _about(ask.out, 1, None) | {"crop": None, "encoder": brought, "tap": "brought"}


def _unfinished_shards(
    ask: Extract, images: ImageSet, encoder: VisionEncoder | None, size: int
) -> Iterator[tuple[int, Iterator[Prepared]]]:
    """Number and prepared batches of every shard that is not on disk yet, under one progress bar."""
    total = len(images.keys)
    shards = range(-(-total // size))
    left = [n for n in shards if not (ask.out / f"shard-{n:05d}.safetensors").is_file()]
    done = sum(min(size, total - n * size) for n in shards if n not in set(left))
    with tqdm(total=total, initial=done, unit="image", desc="extract", dynamic_ncols=True) as bar:
        for number in left:
            stop = min(total, (number + 1) * size)
            starts = list(range(number * size, stop, ask.batch_size))
            batches = _Batches(images, encoder, starts, [min(stop, start + ask.batch_size) for start in starts])
            workers = min(ask.workers, len(starts))
            loader = DataLoader(batches, batch_size=None, num_workers=workers, prefetch_factor=2 if workers else None)
            yield number, _counted(loader, bar)


def _counted(loader: Iterable[Prepared], bar: tqdm) -> Iterator[Prepared]:
    for prepared in loader:
        yield prepared
        bar.update(len(prepared.rows))


def _read_brought(path: Path, images: int) -> Float[Tensor, "n d"]:
    try:
        with safe_open(path, "pt") as file:
            names = list(file.keys())
            matrices = [name for name in names if len(file.get_slice(name).get_shape()) == 2]
            if len(matrices) != 1:
                raise UserError(f"{path}: needs exactly one matrix (pictures × width), found {names}; save it alone")
            vectors = file.get_tensor(matrices[0])
    except (OSError, SafetensorError) as error:
        raise UserError(f"{path}: not a readable safetensors file ({error}); save the activations with safetensors") from error
    if len(vectors) != images:
        raise UserError(
            f"{path} has {len(vectors)} rows for {images} pictures: bring one row per picture, in the order of the pictures"
        )
    return vectors


def _finite(vectors: Tensor, ask: Extract) -> Tensor:
    if not vectors.isfinite().all():
        raise UserError(f"{ask.activations or ask.encoder}: gave NaN or infinite activations; check the model, or the file")
    return vectors


def _about(out: Path, tokens: int, grid: tuple[int, int] | None) -> dict[str, Any]:
    widths = [safe_open(path, "pt").get_slice("activations").get_shape()[2] for path in sorted(out.glob("shard-*.safetensors"))]
    return {"tokens": tokens, "width": max(widths, default=0), "grid": grid}


def _tell(used: int, skipped: list[dict[str, str]], unreadable: list[str]) -> None:
    print(f"extract: {used:,} pictures used, {len(skipped):,} skipped")
    for row in skipped[:20]:
        print(f"  skipped {row['key']}: {row['reason']}")
    if len(skipped) > 20:
        print(f"  … and {len(skipped) - 20:,} more, listed in the record")
    for folder in unreadable:
        print(f"  folder {folder} could not be listed")
