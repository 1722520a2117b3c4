"""Stage 5, describe: names for the neurons of a finished atlas, from their images and from steering.

A name from images counts as clear from FITS on, a word from steering from STEERS on (`explorer/atlas/manifest.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
import pyarrow as pa
import tyro

from explorer.atlas.atlas import Atlas
from explorer.atlas.format import replace_meanings, replace_neurons
from explorer.atlas.manifest import FITS, SCORE, STEERS, NamesInfo, SearchInfo, SteeringInfo, Where
from explorer.errors import UserError
from explorer.model_pool import ModelPool
from explorer.operations.answers import answering_model, answers
from explorer.precision import Precision
from precompute.naming.answers import Trial, TrialConfig
from precompute.naming.brought_words import MOST_WORDS
from precompute.naming.by_images import OWN, name_by_images, no_names, read_vocabulary
from precompute.naming.by_steering import effects
from precompute.naming.shown import embed_shown, mean_images
from precompute.naming.spaces import Space, of_files, of_model
from precompute.options import MaybeModel, MaybeName, MaybePath, at_least


@dataclass(frozen=True)
class Describe:
    """Name the neurons of an atlas from their images and, with --vlm, by the words that raising them brings into answers.

    Example: python -m precompute describe atlases/photos-patches --vlm llava-hf/llava-1.5-7b-hf
    """

    atlas: Annotated[Path, tyro.conf.Positional]
    """The atlas; names of an earlier run are replaced."""
    text_encoder: MaybeModel = None
    """Model whose text tower embeds the words, Hub id or directory; the atlas's own encoder by default."""
    text_embeddings: MaybePath = None
    """Bring your own, instead of a model: a safetensors file with one matrix, row i for line i of --vocabulary."""
    image_embeddings: MaybePath = None
    """With --text-embeddings: the output of extract that holds the images' embeddings. Default: brought vectors that the atlas
    was made from, found in --work or beside the atlas; else its encoder embeds its thumbnails."""
    vocabulary: MaybeName = None
    """File with one word or phrase a line; general, the default: the 1,300 words that ship."""
    vlm: MaybeModel = None
    """LLaVA model that reads the atlas's tap, Hub id or directory; without it nothing is steered."""
    vlm_precision: Precision = "auto"
    """Of its numbers: auto as it was saved; 8bit and 4bit quantise its language model, by bitsandbytes, on a CUDA GPU."""
    prompt: str = "describe the image."
    """The prompt that the model answers."""
    images: Annotated[int, tyro.conf.arg(name="pictures")] = 4
    """Images that each neuron is tried on, besides a white one."""
    length: int = 40
    """Most tokens of an answer."""
    seed: int = 0
    """Seed of the choice of images."""
    where: Where = "middle"
    """Patches that a neuron is raised on: middle, all but a rim of an eighth of the side, so that more answers read well; all, as
    in the paper. The Steer page opens with the same. Lowered it is on all."""
    work: Path = Path("work")
    """Directory that keeps the answers until the run is finished, and where brought vectors are looked for."""


def run(config: Describe) -> None:
    """Name neurons from images if there is a text tower, and by steering if there is a model to steer; write both into the atlas.

    With a text tower the atlas also keeps what texts are compared with, so that the explorer finds neurons by any words.

    Steering resumes after a kill.

    Raises:
        UserError: if the atlas, the vocabulary or a model does not exist, they do not fit each other, or there is neither a text
            tower nor a model to steer.
    """
    at_least(1, pictures=config.images, length=config.length)
    _check_brought(config)
    words, atlas = read_vocabulary(config.vocabulary or OWN), Atlas(config.atlas)
    trial = _trial(atlas, config)
    _by_images(atlas, config, words)
    if trial is not None:
        _by_steering(Atlas(config.atlas), trial)


def _check_brought(config: Describe) -> None:
    texts = config.text_embeddings
    if texts is not None and config.vocabulary is None:
        raise UserError(f"--text-embeddings {texts} needs --vocabulary: the file with the word of each row, one a line")
    if texts is not None and config.text_encoder is not None:
        raise UserError(
            f"--text-embeddings {texts} and --text-encoder {config.text_encoder} both embed the words; give one of them"
        )
    if texts is None and config.image_embeddings is not None:
        raise UserError(
            f"--image-embeddings {config.image_embeddings} needs --text-embeddings: the words' embeddings in the same space"
        )


def _trial(atlas: Atlas, config: Describe) -> Trial | None:
    if config.vlm is None:
        return None
    settings = TrialConfig(config.prompt, config.images, config.length, config.seed, config.where)
    pool = ModelPool(precision=config.vlm_precision)
    ask = partial(answers, pool, atlas, config.vlm)
    return Trial(atlas, answering_model(pool, atlas, config.vlm), ask, settings, config.work)


def _by_images(atlas: Atlas, config: Describe, words: list[str]) -> None:
    try:
        space = _space(atlas, config, words)
        shown = embed_shown(atlas, space)
    except UserError as error:
        if config.vlm is None or config.text_encoder is not None or config.text_embeddings is not None:
            raise
        print(f"describe: no names from images ({error})")
        return
    names = name_by_images(shown, space) if shown else no_names(len(atlas))
    if shown and space.model:
        replace_meanings(atlas.directory, SearchInfo(model=space.model), mean_images(shown), shown.centre_e.numpy())
        atlas = Atlas(config.atlas)
    source = NamesInfo(model=space.name, vocabulary=Path(config.vocabulary or OWN).name, words=len(space.words), score=SCORE)
    _write(atlas, {"names": source}, {"name": names.names, "name_score": names.scores})
    named, clear = int(np.isfinite(names.scores).sum()), int((names.scores >= FITS).sum())
    print(f"describe: {named:,} neurons of atlas {atlas.name} have a name from their images, {clear:,} a clear one")


def _space(atlas: Atlas, config: Describe, words: list[str]) -> Space:
    if config.text_embeddings is None:
        return of_model(atlas, words, config.text_encoder)
    return of_files(atlas, words, config.text_embeddings, config.image_embeddings, config.work)


def _by_steering(atlas: Atlas, trial: Trial) -> None:
    steered = effects(trial)
    config, pictures = trial.config, len(trial.images())
    source = SteeringInfo(model=trial.model, prompt=config.prompt, pictures=pictures, words=MOST_WORDS, where=config.where)
    columns = {
        "steers": steered.words,
        "steerability": steered.shares,
        "steer_alpha": steered.alphas,
        "says": [" ".join(word for word, _ in said) for said in steered.said],
        "says_share": [[share for _, share in said] for said in steered.said],
    }
    _write(atlas, {"steering": source}, columns)
    trial.file.unlink(missing_ok=True)
    clear = int((steered.shares >= STEERS).sum())
    print(f"describe: {clear:,} of {len(trial.alive()):,} living neurons of atlas {atlas.name} steer {trial.model}")


def _write(
    atlas: Atlas, sources: dict[str, NamesInfo | SteeringInfo], columns: Mapping[str, Sequence[object] | np.ndarray]
) -> None:
    manifest = atlas.manifest.model_copy(update=sources)
    replace_neurons(atlas.directory, manifest, pa.Table.from_pandas(atlas.neurons.assign(**columns), preserve_index=False))
