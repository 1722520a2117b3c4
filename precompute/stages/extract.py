"""Stage 1, extract: images, or texts → activations at a tap of an encoder (or brought as a file), in shards.

Worker processes read, hash, decode and prepare images while the model runs. Images that cannot be used are skipped and listed
with the reason. A killed run resumes at the first shard that is not whole.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from safetensors import safe_open
from tqdm import tqdm

from explorer.atlas.manifest import slug
from explorer.atlas.pictures import picture_hash
from explorer.errors import UserError
from explorer.models.encoders.base import VisionEncoder
from explorer.models.encoders.loading import load_encoder, load_texts
from explorer.models.encoders.text import TextEncoder
from explorer.models.taps import PROJECTION, Tap
from precompute.activations import all_images, fingerprint, read_matrix, used_images, write_shard
from precompute.engines import Engine, on_ray
from precompute.image_batches import Prepared, Reader, Run, runs_of
from precompute.options import ASPECT, MEGAPIXELS, MaybeImages, MaybeModel, MaybePath, at_least, image_limits
from precompute.sources.base import ImageSet
from precompute.sources.open_images import open_images
from precompute.sources.texts import Texts, open_texts
from precompute.stage_record import begin, finish, request_key

SHARD_IMAGES, SHARD_VECTORS = 1024, 2**16  # at most; 2^16 vectors 1,024 wide are 256 MB
RUN = 16  # shards, at most, that an actor reads in one go, so that it is not idle between two
SKIPPED_SHOWN = 20  # skipped images that the terminal lists


@dataclass(frozen=True)
class Extract:
    """Extract activations of every image, or of every text.

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
    """Bring your own: a safetensors file with one matrix, row i for image i, instead of an encoder."""
    labels: MaybePath = None
    """CSV with the columns file,label: which images, in which order."""
    texts: MaybePath = None
    """Instead of images: a file with one text a line, for a text tower."""
    batch_size: int = 64
    """Images per forward pass."""
    workers: int = 2
    """Processes that read and prepare images; 0 to do it in this one."""
    seed: int = 0
    """Seed of the random tokens."""
    max_megapixels: float = MEGAPIXELS
    """Larger images are skipped; of WebP and AVIF files at most about half as many are read."""
    max_aspect: float = ASPECT
    """Images whose longer side is a larger multiple of the shorter one are skipped."""
    engine: Engine = "local"
    """Where it runs: in this process, or on a Ray cluster (RAY_ADDRESS, or one on this machine) that shares the disk."""
    actors: int = 2
    """Ray processes that hold the model."""
    force: bool = False
    """Replace what another run left in --out."""


def run(config: Extract) -> None:
    """Extract activations into `config.out`; resumes after a kill.

    Raises:
        UserError: if the images, the encoder or the tap do not exist, or do not fit each other.
    """
    at_least(1, batch_size=config.batch_size, actors=config.actors)
    at_least(0, workers=config.workers)
    image_limits(config.max_megapixels, config.max_aspect)
    items = open_items(config)
    if not begin(config.out, "extract", _request(config, items), force=config.force):
        print(f"extract: {config.out} is finished already")
        return
    extractor, count = Extractor(config), len(items.keys)
    extractor.check_rows(count)
    missing = extractor.missing(count)
    done = count - sum(len(range(count)[n * extractor.size : (n + 1) * extractor.size]) for n in missing)
    with tqdm(total=count, initial=done, unit="text" if config.texts else "image", desc="extract", dynamic_ncols=True) as bar:
        for read in _extracted(extractor, items, missing):
            bar.update(read)
    _finish(config, items, extractor.summary())


def request(config: Extract) -> dict[str, Any]:
    """Return what decides the activations: equal requests, equal activations.

    Raises:
        UserError: if the images or texts cannot be opened.
    """
    return _request(config, open_items(config))


def open_items(config: Extract) -> ImageSet | Texts:
    """Open the images or texts to read.

    Raises:
        UserError: if they do not exist, or both or neither are named.
    """
    if config.texts is not None and config.images is None and config.activations is None:
        return open_texts(config.texts)
    if config.images is None or config.texts is not None:
        raise UserError("extract needs --images, with an --encoder or --activations; or else --texts, with an --encoder")
    return open_images(config.images, config.labels)


class Extractor:
    """Reads and writes shards; it loads the encoder once."""

    def __init__(self, config: Extract) -> None:
        self.config = config
        self.brought = None if config.activations is None else read_matrix(config.activations)
        self.encoder, self.tap = _load(config) if self.brought is None else (None, Tap.parse(PROJECTION))
        self.tokens = self.encoder.tokens(self.tap) if self.encoder else 1
        self.size = max(1, min(SHARD_IMAGES, SHARD_VECTORS // self.tokens))
        limits = image_limits(config.max_megapixels, config.max_aspect)
        self._reader = Reader(self.encoder, self.size, config.batch_size, config.workers, limits)

    def check_rows(self, images: int) -> None:
        """Refuse brought activations that do not have one row per image.

        Raises:
            UserError: if they have fewer or more.
        """
        if self.brought is not None and len(self.brought) != images:
            raise UserError(
                f"{self.config.activations} has {len(self.brought)} rows for {images} images: bring one row per image, "
                "in the order of the images"
            )

    def missing(self, items: int) -> list[int]:
        """Return the numbers of the shards of so many items that are not on disk yet."""
        return [n for n in range(-(-items // self.size)) if not self._path(n).is_file()]

    def __call__(self, run: Run) -> int:
        """Write the missing shards of a run; returns the number of their items."""
        return sum(self.extract(run))

    def extract(self, run: Run) -> Iterator[int]:
        """Write the missing shards of a run; yields the number of items after each batch."""
        missing = run._replace(shards=[n for n in run.shards if not self._path(n).is_file()])
        for number, batches in groupby(self._reader.prepared(missing), attrgetter("shard")):
            yield from self._write(number, batches)

    def _path(self, number: int) -> Path:
        return self.config.out / f"shard-{number:05d}.safetensors"

    def _write(self, number: int, batches: Iterator[Prepared]) -> Iterator[int]:
        vectors, rows = [], []
        for batch in batches:
            rows += batch.rows
            if batch.inputs is not None and self.encoder is not None:
                seeds = [_token_seed(self.config.seed, row["index"]) for row in batch.rows if not row["reason"]]
                vectors.append(self.encoder.read(batch.inputs, self.tap, seeds).cpu())
            yield len(batch.rows)
        table = pd.DataFrame(rows)
        if self.brought is not None:
            usable = torch.tensor(table.loc[table["reason"] == "", "index"].to_numpy())
            vectors = [self.brought[usable].float()[:, None]]
        v_ntd = torch.cat(vectors) if vectors else torch.empty(0, self.tokens, 0)
        if not v_ntd.isfinite().all():
            source = self.config.activations or self.config.encoder
            raise UserError(f"{source}: gave NaN or infinite activations; check the model, or the file")
        write_shard(self.config.out, number, v_ntd, table)

    def summary(self) -> dict[str, Any]:
        """Return what the record says of the vectors and the encoder."""
        paths = self.config.out.glob("shard-*.safetensors")
        widths = [safe_open(path, "pt").get_slice("activations").get_shape()[2] for path in paths]
        return {
            "tokens": self.tokens,
            "width": max(widths, default=0),
            "grid": self.encoder.grid if self.encoder and self.tap.tokens == "patches" else None,
            "crop": self.encoder.crop if self.encoder else None,
            "encoder": _model(self.config, self.encoder),
            "tap": str(self.tap) if self.encoder else "brought",
        }


def _extracted(extractor: Extractor, items: ImageSet | Texts, missing: list[int]) -> Iterator[int]:
    """Write the missing shards, in this process or on Ray; yields numbers of items as they are read."""
    config = extractor.config
    if config.engine == "ray":
        most = max(1, min(RUN, len(missing) // (4 * config.actors)))
        runs = runs_of(items, extractor.size, missing, most)
        yield from on_ray(partial(Extractor, _absolute(config)), runs, config.actors)
    elif missing:
        yield from extractor.extract(*runs_of(items, extractor.size, missing, len(missing)))


def _finish(config: Extract, items: ImageSet | Texts, summary: dict[str, Any]) -> None:
    """Record the results and print how many items were used and skipped."""
    rows, used = all_images(config.out), used_images(config.out)
    unit = "texts" if config.texts else "images"
    if used.empty:
        raise UserError(f"--images {items.name}: none of {len(rows)} {unit} can be used, the first {rows['reason'][0]}")
    skipped = rows.loc[rows["reason"] != "", ["key", "reason"]].to_dict("records")
    result = summary | {"images": len(used), "fingerprint": fingerprint(used), "name": items.name, "skipped": skipped}
    finish(config.out, result | {"limits": {"max_megapixels": config.max_megapixels, "max_aspect": config.max_aspect}})
    print(f"extract: {len(used):,} {unit} used, {len(skipped):,} skipped")
    for row in skipped[:SKIPPED_SHOWN]:
        print(f"  skipped {row['key']}: {row['reason']}")
    if len(skipped) > SKIPPED_SHOWN:
        print(f"  … and {len(skipped) - SKIPPED_SHOWN:,} more, listed in the record")
    for folder in getattr(items, "unreadable", []):
        print(f"  folder {folder} could not be listed")


def _request(config: Extract, items: ImageSet | Texts) -> dict[str, Any]:
    brought = picture_hash(config.activations.read_bytes()) if config.activations and config.activations.is_file() else None
    return {
        "images": config.images,
        "labels": str(config.labels) if config.labels else None,
        "stamp": items.stamp(),
        "encoder": config.encoder,
        "encoder_stamp": _directory_stamp(Path(config.encoder)) if config.encoder else None,
        "tap": None if config.activations else str(Tap.parse(config.tap)),
        "activations": str(config.activations) if config.activations else None,
        "activations_hash": brought,
        "seed": config.seed,
    } | ({"texts": str(config.texts)} if config.texts else _other_limits(config))


def _other_limits(config: Extract) -> dict[str, float]:
    """Limits of images that are not the defaults; the defaults are left out of the request."""
    limits = {"max_megapixels": (config.max_megapixels, MEGAPIXELS), "max_aspect": (config.max_aspect, ASPECT)}
    return {name: value for name, (value, default) in limits.items() if value != default}


def _directory_stamp(directory: Path) -> str | None:
    """Hash of a model directory's file names, sizes and times; None for a model of the Hub."""
    if not directory.is_dir():
        return None
    files = sorted((path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in directory.iterdir() if path.is_file())
    return request_key({"files": files})


def _absolute(config: Extract) -> Extract:
    """The same with absolute paths, for workers that start in another directory."""
    local = config.encoder is not None and Path(config.encoder).is_dir()
    encoder = str(Path(config.encoder or "").resolve()) if local else config.encoder
    activations = config.activations and config.activations.resolve()
    return replace(config, out=config.out.resolve(), encoder=encoder, activations=activations)


def _load(config: Extract) -> tuple[VisionEncoder | TextEncoder, Tap]:
    if config.encoder is None:
        raise UserError("extract needs --encoder ID_OR_DIR, or --activations FILE.safetensors of one that ran elsewhere")
    tap = Tap.parse(config.tap)
    encoder = load_texts(config.encoder) if config.texts else load_encoder(config.encoder)
    encoder.check(tap)
    return encoder, tap


def _token_seed(seed: int, image: int) -> int:
    """Seed of an image's random tokens: it depends on the run's seed and the image's number, not on batches or workers."""
    return hash((seed, image)) & 0x7FFFFFFF  # hashes of tuples of integers are the same in every process


def _model(config: Extract, encoder: VisionEncoder | TextEncoder | None) -> dict[str, Any]:
    if encoder is not None:
        names = {"name": slug(encoder.name), "source": config.encoder, "library": encoder.library}
        return names | {"weights": encoder.weights_hash}
    path = config.activations or Path()
    return {"name": slug(path.stem), "source": path.name, "library": "none", "weights": picture_hash(path.read_bytes())}
