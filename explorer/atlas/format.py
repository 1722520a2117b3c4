"""The atlas on disk: its tables' schemas, writing one whole or not at all, and checking one before use.

ARCHITECTURE.md, "The atlas on disk", is this file in words; a change to either is a new SCHEMA_VERSION.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from explorer.atlas.manifest import MANIFEST, Manifest, ms_column
from explorer.errors import UserError, mending

NEURONS, TOPS, DIRECTIONS, CONCEPTS = "neurons.parquet", "tops.parquet", "directions.faiss", "concepts.faiss"
SAE_WEIGHTS, SAE_CONFIG = "sae.safetensors", "sae.json"
TOPS_ROW_GROUP = 1024  # rows: about 64 neurons, so that one neuron's patches are read in a millisecond
HISTOGRAM_BINS = 64  # half-octaves from 2^-16 to 2^16, see precompute.score.histogram

_NEURON_FIELDS = [
    ("neuron", pa.int32()),  # row number
    ("level", pa.int8()),  # Matryoshka group, 0 = coarsest; 0 where there are none
    ("density", pa.float32()),  # share of images it fires on
    ("max", pa.float32()),  # largest activation on any image
    ("mean", pa.float32()),  # mean activation over the images it fires on; NaN where none
    ("histogram", pa.list_(pa.int32())),  # images per half-octave of activation
    ("label", pa.string()),  # commonest label among its top images; "" where the images have none
    ("label_share", pa.float32()),  # share of its top images that carry it
    ("name", pa.string()),  # of a vocabulary, the word that fits its images best; "" where none, or nobody has looked
    ("name_score", pa.float32()),  # soft WPMI in nats, see precompute.naming.softwpmi; NaN likewise
    ("nearest", pa.list_(pa.int32())),  # neurons of the closest decoder rows, closest first
    ("nearest_cosine", pa.list_(pa.float32())),
    ("cofiring", pa.list_(pa.int32())),  # neurons that fire on the same images most often
    ("cofiring_share", pa.list_(pa.float32())),  # Jaccard of the two sets of images they fire on
    ("steers", pa.string()),  # the word that raising it brings into a model's answers; "" where none, or nobody has tried
    ("steerability", pa.float32()),  # share of pictures on which it brings that word, and takes it away; NaN: nobody has tried
    ("steer_alpha", pa.float32()),  # activation it was raised to for that; NaN where there is no such word
]
NEURON_COLUMNS = [name for name, _ in _NEURON_FIELDS]
TOPS_SCHEMA = pa.schema(
    [
        ("neuron", pa.int32()),
        ("band", pa.string()),  # "top", or a quantile band such as "q90"
        ("rank", pa.int16()),  # within the band, 0 = strongest
        ("image", pa.string()),  # content hash, key of the image store
        ("activation", pa.float32()),
        ("patches", pa.list_(pa.float16())),  # activation per patch, row by row; null where the tap has none
    ]
)


def neurons_schema(manifest: Manifest) -> pa.Schema:
    """The schema of `neurons.parquet`: fixed columns and one MS column per similarity encoder."""
    scores = [(ms_column(info.name), pa.float32()) for info in manifest.similarity]
    return pa.schema(_NEURON_FIELDS + scores)


@contextmanager
def writing_atlas(directory: Path, manifest: Manifest, *, force: bool) -> Iterator[Path]:
    """Fill the yielded directory; it becomes the atlas `directory` only if the block ends without an error.

    Raises:
        UserError: if `directory` exists and `force` is not set, or is something other than an atlas.
    """
    refuse_overwrite(directory, force=force)
    partial = directory.with_name(f"{directory.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    yield partial
    (partial / MANIFEST).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
    check_files(partial, manifest)
    if directory.exists():
        shutil.rmtree(directory)
    os.replace(partial, directory)


def refuse_overwrite(directory: Path, *, force: bool) -> None:
    """Refuse to write over what is there, unless it is an atlas (or empty) and `force` says so."""
    if not directory.exists() or (directory.is_dir() and not any(directory.iterdir())):
        return
    if not (directory / MANIFEST).is_file():
        raise UserError(f"--out {directory}: something that is not an atlas is there; name a new directory")
    if not force:
        raise UserError(f"--out {directory}: an atlas is there already; add --force to replace it, or name another directory")


def write_tables(directory: Path, manifest: Manifest, neurons: pa.Table, tops: pa.Table) -> None:
    """Write both tables, cast to the schema."""
    pq.write_table(neurons.cast(neurons_schema(manifest)), directory / NEURONS, compression="zstd")
    pq.write_table(tops.cast(TOPS_SCHEMA), directory / TOPS, compression="zstd", row_group_size=TOPS_ROW_GROUP)


def replace_neurons(directory: Path, manifest: Manifest, neurons: pa.Table) -> None:
    """Put other columns into a finished atlas, and then a manifest that tells where they come from; each whole or not at all."""
    pq.write_table(neurons.cast(neurons_schema(manifest)), directory / f"{NEURONS}.partial", compression="zstd")
    os.replace(directory / f"{NEURONS}.partial", directory / NEURONS)
    (directory / f"{MANIFEST}.partial").write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
    os.replace(directory / f"{MANIFEST}.partial", directory / MANIFEST)


def check_files(directory: Path, manifest: Manifest) -> None:
    """Check that each file is there and of the shape that the manifest tells.

    Raises:
        UserError: naming the first file that is missing, damaged or of another shape.
    """
    wanted = [(NEURONS, neurons_schema(manifest)), (TOPS, TOPS_SCHEMA)]
    for name, schema in wanted:
        found = _parquet_schema(directory, name)
        if not found.equals(schema):
            odd = {f.name for f in set(found) ^ set(schema)}
            raise UserError(f"atlas {directory}: {name} has columns of another schema ({sorted(odd)}); {mending(directory)}")
    rows = pq.read_metadata(directory / NEURONS).num_rows
    if rows != manifest.sae.neurons:
        raise UserError(f"atlas {directory}: {NEURONS} has {rows} rows for {manifest.sae.neurons} neurons; {mending(directory)}")
    binary = [DIRECTIONS, CONCEPTS] + ([] if manifest.sae.kind == "none" else [SAE_WEIGHTS, SAE_CONFIG])
    for name in binary:
        if not (directory / name).is_file():
            raise UserError(f"atlas {directory}: {name} is missing: copy the atlas whole, or {mending(directory)}")


def _parquet_schema(directory: Path, name: str) -> pa.Schema:
    try:
        return pq.read_schema(directory / name).remove_metadata()
    except (OSError, pa.ArrowException) as error:
        what = f"{name} is missing or damaged ({type(error).__name__})"
        raise UserError(f"atlas {directory}: {what}; {mending(directory)}") from error
