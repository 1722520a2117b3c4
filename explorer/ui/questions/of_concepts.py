"""The question about a concept of the asker's own: a word, or images, in place of a neuron."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from explorer.atlas.hashes import HASH
from explorer.atlas.manifest import Where
from explorer.atlas.steerable import can_steer
from explorer.errors import VisitorError
from explorer.operations.own_concept import REACH, USUAL, images_of_word
from explorer.operations.search import LONGEST
from explorer.operations.steer import LONGEST_ANSWER, LONGEST_PROMPT, MOST_IMAGES, WARMEST, Steering, steer
from explorer.ui import text
from explorer.ui.context import Context
from explorer.ui.questions.base import IMAGE, Answer, AtlasName, OwnImages, Question, atlas_named
from explorer.ui.questions.of_models import Example, chosen_image

_HASHES = rf"^({HASH}(, ?{HASH})*)?$"


class SteerConcept(Question):
    """Steer along a concept of your own, made by hand of images, in place of a neuron: give `word`, or `concept`.

    With a word, the images are those of the neurons that `search` finds by it; `concept` in the answers tells them. All patches
    move `alpha` times the way from the mean of other images of the atlas to the mean of these (DiffMean), without the SAE. The
    image to answer about is one of your own, or `example`: the content hash of one of the atlas's, or "white".
    Example: word="boat", alpha=4, example="white"
    """

    own_images = (IMAGE,)
    atlas: AtlasName = ""
    word: Annotated[str, Field(max_length=LONGEST, description="what images of the concept show")] = ""
    concept: Annotated[
        str,
        Field(
            max_length=34 * MOST_IMAGES,
            pattern=_HASHES,
            description=f"content hashes of images of the atlas that show the concept, with commas; at most {MOST_IMAGES}",
        ),
    ] = ""
    alpha: Annotated[float, Field(allow_inf_nan=False, ge=-2 * REACH.high, le=2 * REACH.high, description="0: nothing")] = USUAL
    example: Example = ""
    prompt: Annotated[str, Field(min_length=1, max_length=LONGEST_PROMPT)] = Steering.prompt
    length: Annotated[int, Field(ge=1, le=LONGEST_ANSWER, description="tokens of an answer at most")] = Steering.length
    temperature: Annotated[float, Field(ge=0, le=WARMEST, description="0: the likeliest token each time; 1: drawn")] = 0.0
    seed: Annotated[int, Field(ge=0, lt=2**63, description="of the draws")] = 0
    where: Annotated[Where, Field(description="all: every patch; middle: all but the rim")] = "all"

    def answers(self, context: Context, own: OwnImages) -> Iterator[Answer]:
        atlas = atlas_named(context, self.atlas, "steer")
        if context.vlm is None:
            raise VisitorError(text.ASK_NO_MODEL)
        if not can_steer(atlas):
            raise VisitorError(text.STEER_NOT_THIS_ATLAS if atlas.entry.steering else text.STEER_CLOSED)
        if bool(self.word) == bool(self.concept):
            raise VisitorError(text.ASK_ONE_CONCEPT)
        image = chosen_image(atlas, own.get(IMAGE), self.example, white_too=True)
        given = tuple(dict.fromkeys(self.concept.replace(" ", "").split(",")))
        concept = images_of_word(context.pool, atlas, self.word) if self.word else given
        fields = {name: getattr(self, name) for name in ("alpha", "length", "temperature", "seed", "where")}
        steering = Steering(0, prompt=context.prompt(self.prompt), concept=concept, **fields)
        for answers in steer(context.pool, atlas, context.vlm, image, steering):
            yield {"atlas": atlas.name, "word": self.word, "concept": list(concept), "alpha": self.alpha, **answers.as_dict()}
