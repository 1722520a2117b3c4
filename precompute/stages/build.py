"""Stage 4, build: activations + SAE + scores → an atlas, with the thumbnails it shows.

The atlas appears whole or not at all; the image store beside it only grows.
"""

import shutil
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from os.path import relpath
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import torch
from jaxtyping import Bool
from pydantic import ValidationError
from safetensors.torch import load_file
from tqdm import tqdm

from explorer.atlas.format import (
    refuse_overwrite,
    write_tables,
    writing_atlas,
)
from explorer.atlas.images import ImageStore, Thumbnail, add_part
from explorer.atlas.manifest import (
    CONCEPTS,
    DIRECTIONS,
    LONGEST_KEY,
    LONGEST_LABEL,
    MOST_SKIPPED,
    SAE_CONFIG,
    SAE_WEIGHTS,
    SCHEMA_VERSION,
    Description,
    slug,
)
from explorer.atlas.manifest_file import first_error
from explorer.atlas.pictures import decode_picture, thumbnail
from explorer.atlas.search import VectorIndex, write_index
from explorer.atlas.tables import NEURON_COLUMNS, TOPS_SCHEMA
from explorer.errors import UserError
from explorer.models.sae import SparseAutoencoder
from precompute.activations import Activations
from precompute.options import MOST_MEGAPIXELS, MaybeName, picture_limits
from precompute.sources.folder import open_images
from precompute.stage_record import finished, versions

NEAREST = 8  # neighbours kept per neuron
THUMBNAILS_AT_ONCE = 512  # per part of the image store
UNRECORDED_LIMITS = {"max_megapixels": MOST_MEGAPIXELS, "max_aspect": 1e9}  # of activations from before limits were recorded
PAIRS_AT_ONCE = 256  # neuron and image, whose patches are computed together


@dataclass(frozen=True)
class Build:
    """Write the atlas.

    Example: python -m precompute build --scores scores --out atlases/photos
    """

    scores: Path
    """Directory that score wrote."""
    out: Path
    """The atlas to write; its thumbnails go to images-… beside it."""
    name: MaybeName = None
    """What people see; the name of --out by default."""
    force: bool = False
    """Replace the atlas in --out."""


def run(ask: Build) -> None:
    """Do what is asked.

    Raises:
        UserError: if the scores are not finished, or --out is taken.
    """
    refuse_overwrite(ask.out, force=ask.force)
    record = finished(ask.scores, "score")
    paths = record["result"]["paths"]
    activations = Activations(Path(paths["activations"]))
    if activations.record["request"].get("texts"):
        raise UserError(f"--scores {ask.scores}: are of texts, and an atlas shows pictures; read its neurons.parquet instead")
    sae = SparseAutoencoder.load(Path(paths["sae"])) if paths["sae"] else None
    about = _description(ask, record, activations, sae)
    tops = pd.read_parquet(ask.scores / "tops.parquet")
    _store_thumbnails(ask.out.parent / about.image_store, activations, sorted(set(tops["row"])))
    with writing_atlas(ask.out, about, force=ask.force) as directory:
        write_index(directory / CONCEPTS, load_file(ask.scores / "concepts.safetensors")["concepts"].numpy())
        write_index(directory / DIRECTIONS, sae.W_dec.numpy() if sae else np.eye(activations.width, dtype=np.float32))
        neurons = _neurons(pd.read_parquet(ask.scores / "neurons.parquet"), tops, activations, sae, directory / DIRECTIONS)
        write_tables(directory, about, neurons, _tops(tops, activations, sae))
        if paths["sae"]:
            for name in (SAE_WEIGHTS, SAE_CONFIG):
                shutil.copyfile(Path(paths["sae"]) / name, directory / name)
    print(f"build: atlas {ask.out} is ready, {about.sae.neurons:,} neurons on {about.dataset.images:,} pictures")


def _description(ask: Build, record: dict[str, Any], activations: Activations, sae: SparseAutoencoder | None) -> Description:
    try:
        return Description.model_validate(_told(ask, record, activations, sae))
    except ValidationError as error:
        raise UserError(f"--scores {ask.scores}: no atlas can be made of them ({first_error(error)})") from error


def _told(ask: Build, record: dict[str, Any], activations: Activations, sae: SparseAutoencoder | None) -> dict[str, Any]:
    read, scored = activations.record["result"], record["result"]
    skipped = [{"key": s["key"][:LONGEST_KEY], "reason": s["reason"][:LONGEST_LABEL]} for s in read["skipped"][:MOST_SKIPPED]]
    return {
        "schema_version": SCHEMA_VERSION,
        "name": slug(ask.name or ask.out.resolve().name),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "encoder": _model(read["encoder"], read["width"], ask.out),
        "tap": {"name": read["tap"], "tokens": read["tokens"], "grid": read["grid"], "crop": read["crop"]},
        "sae": _sae(record, activations, sae),
        "dataset": {name: read[name] for name in ("name", "fingerprint", "images")} | {"skipped": skipped},
        "image_store": f"images-{activations.fingerprint[:12]}",
        "similarity": [_model(info, info["width"], ask.out) for info in scored["similarity"]],
        "pooling": scored["pooling"],
        "metrics": scored["metrics"],
        "versions": versions(),
    }


def _model(info: dict[str, Any], width: int, out: Path) -> dict[str, Any]:
    """A model as the manifest tells it: a directory by its way from the atlas, so that both can move together."""
    local = info["library"] != "none" and Path(info["source"]).is_dir()
    source = Path(relpath(Path(info["source"]).resolve(), out.resolve())).as_posix() if local else info["source"]
    return {"source": source, "local": local, "width": width, "name": info["name"]} | {
        name: info[name] for name in ("library", "weights")
    }


def _sae(record: dict[str, Any], activations: Activations, sae: SparseAutoencoder | None) -> dict[str, Any]:
    if sae is None:
        return {"kind": "none", "neurons": activations.width, "width": activations.width}
    trained = finished(Path(record["result"]["paths"]["sae"]), "train")
    config = {name: getattr(sae.config, name) for name in ("kind", "neurons", "width", "k", "group_sizes")}
    return config | {name: trained["request"][name] for name in ("seed", "steps")} | {"sha256": trained["result"]["sha256"]}


def _neurons(
    scored: pd.DataFrame, tops: pd.DataFrame, activations: Activations, sae: SparseAutoencoder | None, index: Path
) -> pa.Table:
    labels = _labels(tops, activations, len(scored))
    nearest, cosine = _nearest(index, scored["density"].to_numpy() > 0) if sae else ([[]] * len(scored), [[]] * len(scored))
    columns = {
        "level": sae.levels.numpy() if sae else np.zeros(len(scored)),
        "label": [label for label, _ in labels],
        "label_share": [share for _, share in labels],
        "nearest": nearest,
        "nearest_cosine": cosine,
        "name": "",  # nobody has described it yet, see precompute.stages.describe
        "name_score": np.nan,
        "steers": "",
        "steerability": np.nan,
        "steer_alpha": np.nan,
    }
    table = scored.assign(**columns)
    order = [*NEURON_COLUMNS, *(name for name in table.columns if name.startswith("ms_"))]
    return pa.Table.from_pandas(table[order], preserve_index=False).replace_schema_metadata(None)


def _labels(tops: pd.DataFrame, activations: Activations, neurons: int) -> list[tuple[str, float]]:
    """Each neuron's commonest label among its top images, and the share of them that carry it."""
    best = tops[tops["band"] == "top"]
    named = activations.table["label"].to_numpy()[np.asarray(best["row"])]
    found = {int(neuron): Counter(group) for neuron, group in pd.Series(named).groupby(best["neuron"].to_numpy())}  # type: ignore[arg-type]
    told = []
    for neuron in range(neurons):
        label, count = found[neuron].most_common(1)[0] if neuron in found else ("", 0)
        told.append((label[:LONGEST_LABEL], count / found[neuron].total() if label else 0.0))
    return told


def _nearest(index: Path, alive: Bool[np.ndarray, " neurons"]) -> tuple[list[list[int]], list[list[float]]]:
    """Of every neuron, the closest others that fire at all."""
    search = VectorIndex(index, len(alive))
    found = search.nearest(search.vectors(), NEAREST + 1, np.flatnonzero(alive))
    others = (found.neurons >= 0) & (found.neurons != np.arange(len(alive))[:, None])  # a neuron is its own nearest
    return (
        [row[keep][:NEAREST].tolist() for row, keep in zip(found.neurons, others, strict=True)],
        [row[keep][:NEAREST].tolist() for row, keep in zip(found.cosine, others, strict=True)],
    )


def _tops(tops: pd.DataFrame, activations: Activations, sae: SparseAutoencoder | None) -> pa.Table:
    table = tops.assign(image=activations.table["hash"].to_numpy()[tops["row"].to_numpy()])
    table["patches"] = list(_patches(tops, activations, sae)) if activations.record["result"]["grid"] else None
    return pa.Table.from_pandas(table[TOPS_SCHEMA.names], preserve_index=False).replace_schema_metadata(None)


def _patches(tops: pd.DataFrame, activations: Activations, sae: SparseAutoencoder | None) -> Iterator[np.ndarray]:
    """Activation per patch of every (neuron, image) row, in order."""
    pairs = torch.from_numpy(tops[["neuron", "row"]].to_numpy(np.int64))
    for some in tqdm(pairs.split(PAIRS_AT_ONCE), unit_scale=PAIRS_AT_ONCE, unit="map", desc="heat-maps", dynamic_ncols=True):
        neurons, rows = some.unbind(1)
        v_ptd = activations.of_images(rows)
        a_pt = sae.fire(v_ptd, neurons) if sae else v_ptd.gather(2, neurons[:, None, None].expand(-1, v_ptd.shape[1], 1))[..., 0]
        yield from a_pt.half().numpy()


def _store_thumbnails(store: Path, activations: Activations, rows: list[int]) -> None:
    """Add the thumbnails that the store does not have yet."""
    request = activations.record["request"]
    images = open_images(request["images"], Path(request["labels"]) if request["labels"] else None)
    limits = picture_limits(**activations.record["result"].get("limits", UNRECORDED_LIMITS))
    table, known = activations.table, ImageStore(store)
    hashes = table["hash"].tolist()
    missing = [row for row in rows if hashes[row] not in known]

    def make(row: int) -> tuple[Thumbnail, bytes]:
        about = table.iloc[row]
        webp, size = thumbnail(decode_picture(images.read(int(about["index"]), limits.file_bytes), limits))
        return Thumbnail(about["hash"], about["key"][:LONGEST_KEY], about["label"][:LONGEST_LABEL], *size), webp

    with ThreadPoolExecutor() as pool, tqdm(total=len(missing), unit="image", desc="thumbnails", dynamic_ncols=True) as bar:
        for start in range(0, len(missing), THUMBNAILS_AT_ONCE):
            some = missing[start : start + THUMBNAILS_AT_ONCE]
            unique = {about.hash: (about, webp) for about, webp in pool.map(make, some)}
            add_part(store, unique.values())
            bar.update(len(some))
