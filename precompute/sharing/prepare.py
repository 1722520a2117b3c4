"""Answers to the first questions that visitors of a Space find set, so that nobody waits for a model to be loaded to see any."""

from collections import deque
from dataclasses import replace
from itertools import islice
from pathlib import Path

from tqdm import tqdm

from explorer.atlas.atlas import Atlas
from explorer.atlas.encoder_source import ANYWHERE
from explorer.model_pool import ModelPool
from explorer.operations.first_questions import first_questions
from explorer.operations.images import atlas_image
from explorer.operations.prepared import prepared_text
from explorer.operations.steer import SteeredAnswers, Steering, steer
from precompute.storybook.evaluate.exact_judge import exact_judge


def prepare(directory: Path, vlm: str, most: int) -> tuple[str, int]:
    """The content of `steered.json` for an atlas, with the answers of a model to at most `most` questions, and their number.

    Raises:
        UserError: if the model cannot be loaded, or does not fit the atlas.
    """
    atlas, pool = Atlas(directory), ModelPool(allowed=ANYWHERE, knows=exact_judge)
    questions = list(islice(first_questions(atlas), most))
    asked = tqdm(questions, unit="question", desc=f"answers, {atlas.name}", dynamic_ncols=True, leave=False)
    answered = [(image, steering, _answer(pool, atlas, vlm, image, steering)) for image, steering in asked]
    return prepared_text(atlas, vlm, answered), len(answered)


def _answer(pool: ModelPool, atlas: Atlas, vlm: str, image: str, steering: Steering) -> SteeredAnswers:
    so_far = steer(pool, atlas, vlm, atlas_image(atlas, image), steering)
    (whole,) = deque(so_far, maxlen=1)
    return replace(whole, first_token_ms=None)  # it was not measured where it is shown
