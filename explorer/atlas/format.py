"""The atlas on disk: writing one whole or not at all.

ARCHITECTURE.md, "The atlas on disk", is this file in words, with `explorer.atlas.manifest` and `explorer.atlas.tables`; a change
to any of them is a new SCHEMA_VERSION.
"""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from jaxtyping import Float

from explorer.atlas.curated import FILE as CURATED
from explorer.atlas.images import ImageStore
from explorer.atlas.integrity import CheckedFiles, Unfit, damage, file_info
from explorer.atlas.manifest import (
    CONCEPTS,
    DIRECTIONS,
    MANIFEST,
    MEANINGS,
    NEURONS,
    SAE_CONFIG,
    TOPS,
    Description,
    Manifest,
    SearchInfo,
    file_names,
)
from explorer.atlas.manifest_file import PARTIAL, read_manifest, write_manifest
from explorer.atlas.meanings import read_meanings, write_meanings
from explorer.atlas.search import check_index
from explorer.atlas.tables import neurons_schema, read_neurons
from explorer.atlas.tops import TOPS_SCHEMA, read_tops
from explorer.errors import UserError

LEVEL = 15  # of zstd: tables are written once, and 5 % smaller than by its usual level
TOPS_ROW_GROUP = 1024  # rows: about 64 neurons, so that one neuron's patches are read in a millisecond


@contextmanager
def writing_atlas(directory: Path, about: Description, *, force: bool) -> Iterator[Path]:
    """Fill the yielded directory; it becomes the atlas `directory` only if the block ends without an error.

    The images that its tables name are looked for in the image store beside it, which must be there by then.

    Raises:
        UserError: if `directory` exists and `force` is not set, or is something other than an atlas; or what was written is none.
    """
    refuse_overwrite(directory, force=force)
    partial = directory.with_name(f"{directory.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    yield partial
    manifest = sealed(partial, about)
    check_atlas(partial, manifest)
    write_manifest(partial / MANIFEST, manifest)
    if directory.exists():
        shutil.rmtree(directory)
    os.replace(partial, directory)


def refuse_overwrite(directory: Path, *, force: bool) -> None:
    """Refuse to write over what is there, unless it is an atlas (or empty) and `force` says so."""
    if not directory.exists() or (directory.is_dir() and not any(directory.iterdir())):
        return
    if not (directory / MANIFEST).is_file():
        raise UserError(f"--out {directory}: something that is not an atlas is there; name a new directory")
    if os.path.lexists(directory / CURATED):
        given = f"names that people gave to the neurons of an atlas are there ({CURATED})"
        raise UserError(f"--out {directory}: {given}; move them away, or name another directory")
    if not force:
        raise UserError(f"--out {directory}: an atlas is there already; add --force to replace it, or name another directory")


def write_tables(directory: Path, about: Description, neurons: pa.Table, tops: pa.Table) -> None:
    """Write both tables, cast to the schema."""
    pq.write_table(neurons.cast(neurons_schema(about)), directory / NEURONS, compression="zstd", compression_level=LEVEL)
    pq.write_table(
        tops.cast(TOPS_SCHEMA), directory / TOPS, compression="zstd", compression_level=LEVEL, row_group_size=TOPS_ROW_GROUP
    )


def replace_neurons(directory: Path, manifest: Manifest, neurons: pa.Table) -> None:
    """Put other columns into a finished atlas, and a manifest that tells where they come from.

    The new manifest waits beside the old one while the table is exchanged: killed in between, the table in place tells which of
    the two is the atlas's, see `read_manifest`.
    """
    table, waiting = directory / f"{NEURONS}.partial", directory / PARTIAL
    schema = neurons_schema(manifest)
    pq.write_table(neurons.select(schema.names).cast(schema), table, compression="zstd", compression_level=LEVEL)
    fields = {**manifest.model_dump(), "files": manifest.files | {NEURONS: file_info(table)}}
    write_manifest(waiting, Manifest.model_validate(fields))
    os.replace(table, directory / NEURONS)
    os.replace(waiting, directory / MANIFEST)


def replace_meanings(
    directory: Path, search: SearchInfo, neurons: Float[np.ndarray, "neurons width"], centre: Float[np.ndarray, " width"]
) -> None:
    """Put meanings into a finished atlas, see `write_meanings`; whatever it had before is gone first.

    Killed in between, it is an atlas without meanings.
    """
    manifest, written = read_manifest(directory), directory / f"{MEANINGS}.partial"
    others = {name: info for name, info in manifest.files.items() if name != MEANINGS}
    if manifest.search is not None:
        _exchange_manifest(directory, manifest, search=None, files=others)
    write_meanings(written, neurons, centre)
    info = file_info(written)
    os.replace(written, directory / MEANINGS)
    _exchange_manifest(directory, manifest, search=search, files=others | {MEANINGS: info})


def _exchange_manifest(directory: Path, manifest: Manifest, **changes: object) -> None:
    """Write a manifest with other fields in place of the one there is."""
    write_manifest(directory / PARTIAL, Manifest.model_validate({**manifest.model_dump(), **changes}))
    os.replace(directory / PARTIAL, directory / MANIFEST)


def sealed(directory: Path, about: Description) -> Manifest:
    """The manifest of the atlas files in `directory` as they are now, and of the parts of the image store that they need.

    Raises:
        UserError: if a file is missing, the table of top images is damaged, or a picture that it names is not in the store.
    """
    for name in file_names(about):
        if not (directory / name).is_file():
            raise UserError(f"atlas {directory}: {name} is missing, so it cannot be sealed; build it again")
    files = CheckedFiles(directory, {name: file_info(directory / name) for name in file_names(about)}, f"atlas {about.name}")
    with files.using(TOPS) as path:
        shown = read_tops(path, about).images
    store = ImageStore(directory.parent / about.image_store)
    if missing := store.missing(shown):
        what = f"{missing:,} of its {len(shown):,} pictures are not in its image store {about.image_store}"
        raise damage(directory, files.owner, what, f"copy the whole store to {store.directory}, or build the atlas again")
    described = {name: getattr(about, name) for name in Description.model_fields}
    return Manifest(**described, files=dict(files.listed), images=store.parts_of(shown))


def check_atlas(directory: Path, manifest: Manifest) -> None:
    """Read an atlas's files as the explorer will; the SAE's weights are compared by their hash alone.

    Raises:
        UserError: naming the first file that is missing, damaged, or says what cannot be.
    """
    files = CheckedFiles(directory, manifest.files, f"atlas {manifest.name}")
    files.look()
    with files.parsing(NEURONS):
        read_neurons(files.read(NEURONS), manifest)
    with files.using(TOPS) as path:
        read_tops(path, manifest)
    for name in (DIRECTIONS, CONCEPTS):
        with files.using(name) as path:
            check_index(path, manifest.sae.neurons)
    if manifest.search is not None:
        with files.using(MEANINGS) as path:
            read_meanings(path, manifest.sae.neurons, manifest.search.model.width)
    check_sae_config(files, manifest)


def check_sae_config(files: CheckedFiles, manifest: Manifest) -> None:
    """Hold `sae.json`, where there is one, against the manifest.

    Raises:
        UserError: if it is damaged or tells another shape.
    """
    if SAE_CONFIG not in files.listed:
        return
    with files.parsing(SAE_CONFIG):
        shape = manifest.sae.model_dump(mode="json", include={"kind", "width", "neurons", "k", "group_sizes"})
        if json.loads(files.read(SAE_CONFIG)) != shape:
            raise Unfit("tells another SAE than the manifest")
