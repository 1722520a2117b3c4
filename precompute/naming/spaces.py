"""Spaces that hold images and words: a model with towers for both, or vectors brought as files."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from tqdm import tqdm

from explorer.atlas.atlas import Atlas
from explorer.atlas.manifest import ModelInfo, slug
from explorer.atlas.pictures import decode_picture
from explorer.errors import UserError
from explorer.models.encoders.loading import load_encoder, load_texts
from explorer.models.encoders.text import TextEncoder
from explorer.models.taps import PROJECTION, Tap
from precompute.activations import Activations
from precompute.brought import read_brought
from precompute.model_source import source_beside
from precompute.stage_record import FINISHED, finished

BATCH = 64
TOWERS = "--text-encoder with a model that has towers for images and texts"


class Space(NamedTuple):
    """Where images and words are compared by their cosine."""

    name: str  # of the model or the file, for people
    words: list[str]
    words_te: Float[Tensor, "t e"]
    embed: Callable[[list[str]], Float[Tensor, "n e"]]  # images of the atlas, by content hash
    model: ModelInfo | None = None  # that any other text can be embedded by; None where vectors were brought


def of_model(atlas: Atlas, words: list[str], model: str | None) -> Space:
    """Load a model's text tower and embed the words.

    Args:
        model: Hub id, directory, or open_clip:ARCH/TAG; the atlas's own encoder if None.

    Raises:
        UserError: if it cannot be loaded or has no text tower, or the atlas has no encoder of its own.
    """
    model, words = model or own_encoder(atlas), list(dict.fromkeys(words))
    try:
        texts = load_texts(model)
    except UserError as error:
        raise UserError(f"{error}; give {TOWERS}") from error
    name = Path(model).name if Path(model).is_dir() else model
    words_te = texts.embed_all(words)
    return Space(name, words, words_te, lambda images: _read(atlas, model, images), _info(atlas, texts, words_te.shape[1]))


def _info(atlas: Atlas, texts: TextEncoder, width: int) -> ModelInfo:
    """A model as the atlas's manifest tells it, by the weights of its text tower."""
    source, local = source_beside(texts.source, atlas.directory)
    return ModelInfo(
        name=slug(texts.name), source=source, local=local, library=texts.library, weights=texts.weights_hash, width=width
    )


def of_files(atlas: Atlas, words: list[str], texts: Path, images: Path | None, work: Path) -> Space:
    """Read brought text embeddings, one row a word.

    Args:
        texts: a safetensors file with one matrix.
        images: the output of extract that holds the images' embeddings in the same space. If None: the activations that the
            atlas was made from, found in `work` or beside the atlas, or else what the atlas's encoder gives for its thumbnails.

    Raises:
        UserError: if the file holds no embeddings of these words, or the images' embeddings are not found.
    """
    words_te = _of_words(texts, len(words))
    rows = {word: row for row, word in reversed([*enumerate(words)])}  # of two lines with one word the first counts
    words, words_te = list(rows), words_te[list(rows.values())]
    if images is None and atlas.manifest.encoder.library != "none":
        model = own_encoder(atlas)
        return Space(texts.name, words, words_te, lambda hashes: _read(atlas, model, hashes))
    vectors = Activations(images or _own_activations(atlas, work))
    if vectors.tokens != 1:
        raise UserError(
            f"--image-embeddings {images}: has {vectors.tokens} vectors per image; extract them with --tap projection"
        )
    return Space(texts.name, words, words_te, lambda hashes: _rows(atlas, vectors, hashes))


def own_encoder(atlas: Atlas) -> str:
    """Return the name that the atlas's encoder loads under.

    Raises:
        UserError: if its vectors were brought, so that none is known.
    """
    info = atlas.manifest.encoder
    if info.library == "none":
        raise UserError(
            f"atlas {atlas.name}: its vectors were brought ({info.source}), so no text tower is known; give --text-embeddings "
            f"with --vocabulary, or {TOWERS}"
        )
    return str((atlas.directory / info.source).resolve()) if info.local else info.source


def _read(atlas: Atlas, model: str, images: list[str]) -> Float[Tensor, "n e"]:
    """Embed the atlas's thumbnails."""
    encoder, parts = load_encoder(model), []
    with tqdm(total=len(images), unit="image", desc="embed", dynamic_ncols=True) as bar:
        for at in range(0, len(images), BATCH):
            some = images[at : at + BATCH]
            decoded = [decode_picture(atlas.images.thumbnail(image) or b"") for image in some]
            parts.append(encoder.read(encoder.prepare(decoded), Tap.parse(PROJECTION))[:, 0].cpu())
            bar.update(len(some))
    return torch.cat(parts)


def _rows(atlas: Atlas, vectors: Activations, images: list[str]) -> Float[Tensor, "n e"]:
    rows = {image: row for row, image in enumerate(vectors.table["hash"])}
    missing = sum(image not in rows for image in images)
    if missing:
        raise UserError(
            f"--image-embeddings {vectors.directory}: lacks {missing:,} of the {len(images):,} images of atlas {atlas.name}; "
            "name the output of extract for its own image set"
        )
    return vectors.of_images(torch.tensor([rows[image] for image in images]))[:, 0]


def _of_words(path: Path, words: int) -> Float[Tensor, "t e"]:
    words_te = read_brought(path, "words × width").float()
    if len(words_te) != words:
        raise UserError(
            f"--text-embeddings {path}: has {len(words_te):,} rows for {words:,} words of --vocabulary; give one a word"
        )
    if not words_te.isfinite().all():
        raise UserError(f"--text-embeddings {path}: has NaN or infinite numbers; embed the words again")
    zero = (words_te == 0).all(1)
    if zero.any():
        raise UserError(
            f"--text-embeddings {path}: row {int(zero.nonzero()[0])} is zero; embed its word again, or leave both out"
        )
    return words_te


def _own_activations(atlas: Atlas, work: Path) -> Path:
    """Find the activations that an atlas was made from: of the same images and weights."""
    beside = atlas.directory.resolve().parent
    for root in (work, beside / "work", beside):
        for record in sorted(root.glob(f"*/{FINISHED}")):
            if _made(atlas, record.parent):
                return record.parent
    raise UserError(
        f"--text-embeddings: the vectors that atlas {atlas.name} was made from are neither in --work {work} nor beside it; "
        "name the directory that extract wrote by --image-embeddings"
    )


def _made(atlas: Atlas, directory: Path) -> bool:
    try:
        result = finished(directory, "extract")["result"]
    except UserError:  # another stage's
        return False
    manifest = atlas.manifest
    return (result["fingerprint"], result["encoder"]["weights"]) == (manifest.dataset.fingerprint, manifest.encoder.weights)
