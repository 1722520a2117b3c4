"""Stage 4, build: activations + SAE + scores → an atlas, with the thumbnails it shows.

The atlas is written whole or not at all; the image store beside it only grows.
"""

import shutil
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
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

from explorer.atlas.format import refuse_overwrite, write_tables, writing_atlas
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
from explorer.atlas.tables import NEURON_COLUMNS
from explorer.atlas.tops import TOPS_SCHEMA
from explorer.errors import UserError
from explorer.models.sae import SparseAutoencoder
from explorer.models.sae.files import read_sae
from precompute.activations import Activations
from precompute.model_source import Source, source_beside
from precompute.options import MOST_MEGAPIXELS, MaybeName, image_limits
from precompute.sources.open_images import open_images
from precompute.stage_record import finished, versions

NEAREST = 8  # neighbours kept per neuron
THUMBNAILS_AT_ONCE = 512  # per part of the image store
UNRECORDED_LIMITS = {"max_megapixels": MOST_MEGAPIXELS, "max_aspect": 1e9}  # for activations whose record has no limits
PAIRS_AT_ONCE = 256  # pairs of neuron and image whose patch activations are computed together


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
    """Name to show; the name of --out by default."""
    force: bool = False
    """Replace the atlas in --out."""


def run(config: Build) -> None:
    """Write the atlas `config.out` and add its thumbnails to the image store beside it.

    Raises:
        UserError: if the scores are not finished, are of texts, or --out is taken.
    """
    refuse_overwrite(config.out, force=config.force)
    record = finished(config.scores, "score")
    paths = record["result"]["paths"]
    activations = Activations(Path(paths["activations"]))
    if activations.record["request"].get("texts"):
        raise UserError(f"--scores {config.scores}: are of texts, and an atlas shows images; read its neurons.parquet instead")
    sae = read_sae(Path(paths["sae"])) if paths["sae"] else None
    description = _description(config, record, activations, sae)
    top_images = pd.read_parquet(config.scores / "tops.parquet")
    _store_thumbnails(config.out.parent / description.image_store, activations, sorted(set(top_images["row"])))
    with writing_atlas(config.out, description, force=config.force) as directory:
        write_index(directory / CONCEPTS, load_file(config.scores / "concepts.safetensors")["concepts"].numpy())
        write_index(directory / DIRECTIONS, sae.W_dec.numpy() if sae else np.eye(activations.width, dtype=np.float32))
        scored = pd.read_parquet(config.scores / "neurons.parquet")
        neurons = _neurons(scored, top_images, activations, sae, directory / DIRECTIONS)
        write_tables(directory, description, neurons, _top_images(top_images, activations, sae))
        if paths["sae"]:
            for name in (SAE_WEIGHTS, SAE_CONFIG):
                shutil.copyfile(Path(paths["sae"]) / name, directory / name)
    print(f"build: atlas {config.out} is ready, {description.sae.neurons:,} neurons on {description.dataset.images:,} images")


def _description(config: Build, record: dict[str, Any], activations: Activations, sae: SparseAutoencoder | None) -> Description:
    try:
        return Description.model_validate(_fields(config, record, activations, sae))
    except ValidationError as error:
        raise UserError(f"--scores {config.scores}: no atlas can be made of them ({first_error(error)})") from error


def _fields(config: Build, record: dict[str, Any], activations: Activations, sae: SparseAutoencoder | None) -> dict[str, Any]:
    extracted, scored = activations.record["result"], record["result"]
    skipped = [
        {"key": row["key"][:LONGEST_KEY], "reason": row["reason"][:LONGEST_LABEL]} for row in extracted["skipped"][:MOST_SKIPPED]
    ]
    return {
        "schema_version": SCHEMA_VERSION,
        "name": slug(config.name or config.out.resolve().name),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "encoder": _model(extracted["encoder"], extracted["width"], config.out),
        "tap": {"name": extracted["tap"]} | {name: extracted[name] for name in ("tokens", "grid", "crop")},
        "sae": _sae(record, activations, sae),
        "dataset": {name: extracted[name] for name in ("name", "fingerprint", "images")} | {"skipped": skipped},
        "image_store": f"images-{activations.fingerprint[:12]}",
        "similarity": [_model(info, info["width"], config.out) for info in scored["similarity"]],
        "pooling": scored["pooling"],
        "metrics": scored["metrics"],
        "versions": versions(),
    }


def _model(info: dict[str, Any], width: int, out: Path) -> dict[str, Any]:
    """A model's entry in the manifest."""
    brought = info["library"] == "none"
    source = Source(info["source"], False) if brought else source_beside(info["source"], out)
    return source._asdict() | {"width": width} | {name: info[name] for name in ("name", "library", "weights")}


def _sae(record: dict[str, Any], activations: Activations, sae: SparseAutoencoder | None) -> dict[str, Any]:
    if sae is None:
        return {"kind": "none", "neurons": activations.width, "width": activations.width}
    trained = finished(Path(record["result"]["paths"]["sae"]), "train")
    config = {name: getattr(sae.config, name) for name in ("kind", "neurons", "width", "k", "group_sizes")}
    return (
        config
        | {name: trained["request"].get(name) for name in ("seed", "steps", "l1", "mono")}
        | {"sha256": trained["result"]["sha256"]}
    )


def _neurons(
    scored: pd.DataFrame, top_images: pd.DataFrame, activations: Activations, sae: SparseAutoencoder | None, index: Path
) -> pa.Table:
    labels = _labels(top_images, activations, len(scored))
    nearest, cosine = _nearest(index, scored["density"].to_numpy() > 0) if sae else ([[]] * len(scored), [[]] * len(scored))
    columns = {
        "level": sae.levels.numpy() if sae else np.zeros(len(scored)),
        "label": [label for label, _ in labels],
        "label_share": [share for _, share in labels],
        "nearest": nearest,
        "nearest_cosine": cosine,
        "name": "",  # precompute.stages.describe fills this in, and the next four
        "name_score": np.nan,
        "steers": "",
        "steerability": np.nan,
        "steer_alpha": np.nan,
    }
    table = scored.assign(**columns)
    order = [*NEURON_COLUMNS, *(name for name in table.columns if name.startswith("ms_"))]
    return pa.Table.from_pandas(table[order], preserve_index=False).replace_schema_metadata(None)


def _labels(top_images: pd.DataFrame, activations: Activations, neurons: int) -> list[tuple[str, float]]:
    """The commonest label among each neuron's top images, and the share of them that have it."""
    best = top_images[top_images["band"] == "top"]
    labels = activations.table["label"].to_numpy()[np.asarray(best["row"])]
    counts = {int(neuron): Counter(group) for neuron, group in pd.Series(labels).groupby(best["neuron"].to_numpy())}  # type: ignore[arg-type]
    commonest = []
    for neuron in range(neurons):
        label, count = counts[neuron].most_common(1)[0] if neuron in counts else ("", 0)
        commonest.append((label[:LONGEST_LABEL], count / counts[neuron].total() if label else 0.0))
    return commonest


def _nearest(index: Path, alive: Bool[np.ndarray, " neurons"]) -> tuple[list[list[int]], list[list[float]]]:
    """Each neuron's nearest, by decoder direction, among the neurons that fire; and their cosines."""
    search = VectorIndex(index, len(alive))
    nearest = search.nearest(search.vectors(), NEAREST + 1, np.flatnonzero(alive))
    others = (nearest.neurons >= 0) & (nearest.neurons != np.arange(len(alive))[:, None])  # a neuron is its own nearest
    return (
        [row[keep][:NEAREST].tolist() for row, keep in zip(nearest.neurons, others, strict=True)],
        [row[keep][:NEAREST].tolist() for row, keep in zip(nearest.cosine, others, strict=True)],
    )


def _top_images(top_images: pd.DataFrame, activations: Activations, sae: SparseAutoencoder | None) -> pa.Table:
    table = top_images.assign(image=activations.table["hash"].to_numpy()[top_images["row"].to_numpy()])
    table["patches"] = list(_patches(top_images, activations, sae)) if activations.record["result"]["grid"] else None
    return pa.Table.from_pandas(table[TOPS_SCHEMA.names], preserve_index=False).replace_schema_metadata(None)


def _patches(top_images: pd.DataFrame, activations: Activations, sae: SparseAutoencoder | None) -> Iterator[np.ndarray]:
    """Yield the activation per patch of every (neuron, image) row, in order."""
    pairs = torch.from_numpy(top_images[["neuron", "row"]].to_numpy(np.int64))
    for some in tqdm(pairs.split(PAIRS_AT_ONCE), unit_scale=PAIRS_AT_ONCE, unit="map", desc="heat-maps", dynamic_ncols=True):
        neurons, rows = some.unbind(1)
        v_ptd = activations.of_images(rows)
        a_pt = sae.fire(v_ptd, neurons) if sae else v_ptd.gather(2, neurons[:, None, None].expand(-1, v_ptd.shape[1], 1))[..., 0]
        yield from a_pt.half().numpy()


def _store_thumbnails(store: Path, activations: Activations, rows: list[int]) -> None:
    """Add the thumbnails of these images that the store lacks."""
    request = activations.record["request"]
    images = open_images(request["images"], Path(request["labels"]) if request["labels"] else None)
    limits = image_limits(**activations.record["result"].get("limits", UNRECORDED_LIMITS))
    table, present = activations.table, ImageStore(store)
    hashes = table["hash"].tolist()
    missing = [row for row in rows if hashes[row] not in present]

    def make(row: int) -> tuple[Thumbnail, bytes]:
        image = table.iloc[row]
        webp, size = thumbnail(decode_picture(images.read(int(image["index"]), limits.file_bytes), limits))
        return Thumbnail(image["hash"], image["key"][:LONGEST_KEY], image["label"][:LONGEST_LABEL], *size), webp

    with ThreadPoolExecutor() as pool, tqdm(total=len(missing), unit="image", desc="thumbnails", dynamic_ncols=True) as bar:
        for start in range(0, len(missing), THUMBNAILS_AT_ONCE):
            some = missing[start : start + THUMBNAILS_AT_ONCE]
            unique = {made.hash: (made, webp) for made, webp in pool.map(make, some)}
            add_part(store, unique.values())
            bar.update(len(some))
