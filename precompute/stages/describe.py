"""Stage 5, describe: what each neuron of a finished atlas is called, from its images and from what steering with it does."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import pyarrow as pa
import tyro

from explorer.atlas.atlas import Atlas
from explorer.atlas.format import replace_neurons
from explorer.atlas.manifest import FITS, STEERS, NamesInfo, SteeringInfo
from explorer.errors import UserError
from explorer.models.steerer import load_steerer
from precompute.naming.by_images import OWN, name_by_images, read_vocabulary
from precompute.naming.by_steering import Ask, Trial, effects
from precompute.options import MaybeModel, at_least


@dataclass(frozen=True)
class Describe:
    """Name the neurons of an atlas from their images and, with --vlm, by what raising them makes a model say.

    Example: python -m precompute describe atlases/photos-patches --vlm llava-hf/llava-1.5-7b-hf
    """

    atlas: Annotated[Path, tyro.conf.Positional]
    """The atlas; what describe found before is replaced."""
    text_encoder: MaybeModel = None
    """Model whose text tower knows the words, Hub id or directory; the atlas's own encoder by default."""
    vocabulary: str = OWN
    """File with one word or phrase a line; general: the 1,300 words that ship."""
    vlm: MaybeModel = None
    """Model of LLaVA's kind that reads the atlas's tap, Hub id or directory; without it nothing is steered."""
    prompt: str = "describe the image."
    """What the model is asked."""
    pictures: int = 4
    """Pictures that each neuron is tried on, besides a white one."""
    length: int = 40
    """Tokens of an answer, at most."""
    seed: int = 0
    """Of the choice of pictures."""
    work: Path = Path("work")
    """Where answers are kept until all are there."""


def run(ask: Describe) -> None:
    """Name from images if there is a text tower, by steering if there is a model to steer; write both into the atlas.

    Raises:
        UserError: if there is no such atlas, vocabulary or model, one does not fit the other, or nothing is there to name with.
    """
    at_least(1, pictures=ask.pictures, length=ask.length)
    words, atlas = read_vocabulary(ask.vocabulary), Atlas(ask.atlas)
    trial = _trial(atlas, ask)
    _by_images(atlas, ask, words)
    if trial is not None:
        _by_steering(Atlas(ask.atlas), trial)


def _trial(atlas: Atlas, ask: Describe) -> Trial | None:
    if ask.vlm is None:
        return None
    return Trial(atlas, load_steerer(atlas, ask.vlm), Ask(ask.prompt, ask.pictures, ask.length, ask.seed), ask.work)


def _by_images(atlas: Atlas, ask: Describe, words: list[str]) -> None:
    model = ask.text_encoder or _own_encoder(atlas)
    try:
        found = name_by_images(atlas, model, words)
    except UserError as error:
        if ask.text_encoder is not None or ask.vlm is None:
            raise UserError(f"{error}; give --text-encoder a model with towers for pictures and texts") from error
        print(f"describe: no names from images ({error})")
        return
    about = NamesInfo(model=Path(model).name if Path(model).is_dir() else model, vocabulary=ask.vocabulary, words=len(words))
    _write(atlas, {"names": about}, {"name": found.names, "name_score": found.scores})
    named, clear = int(np.isfinite(found.scores).sum()), int((found.scores >= FITS).sum())
    print(f"describe: {named:,} neurons of atlas {atlas.name} have a name from their images, {clear:,} a clear one")


def _own_encoder(atlas: Atlas) -> str:
    info = atlas.manifest.encoder
    return str((atlas.directory / info.source).resolve()) if info.local else info.source


def _by_steering(atlas: Atlas, trial: Trial) -> None:
    found = effects(trial)
    about = SteeringInfo(model=trial.steerer.vlm.name, prompt=trial.ask.prompt, pictures=len(trial.pictures()))
    columns = {"steers": found.words, "steerability": found.shares, "steer_alpha": found.alphas}
    _write(atlas, {"steering": about}, columns)
    trial.file.unlink(missing_ok=True)
    clear = int((found.shares >= STEERS).sum())
    print(f"describe: {clear:,} of {len(trial.alive()):,} living neurons of atlas {atlas.name} steer {trial.steerer.vlm.name}")


def _write(atlas: Atlas, about: dict[str, NamesInfo | SteeringInfo], columns: dict[str, list[str] | np.ndarray]) -> None:
    manifest = atlas.manifest.model_copy(update=about)
    replace_neurons(atlas.directory, manifest, pa.Table.from_pandas(atlas.neurons.assign(**columns), preserve_index=False))
