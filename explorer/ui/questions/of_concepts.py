"""The question about a concept of the asker's own: a word, or images, in place of a neuron."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from explorer.atlas.hashes import HASH
from explorer.errors import VisitorError
from explorer.operations.own_concept import REACH, USUAL, images_of_word
from explorer.operations.search import LONGEST
from explorer.operations.steer import MOST_IMAGES, Steering, steer
from explorer.ui import text
from explorer.ui.context import Context
from explorer.ui.questions.base import IMAGE, Answer, AtlasName, OwnImages, Question
from explorer.ui.questions.of_models import Example, chosen_image
from explorer.ui.questions.steering import AskedWhere, Length, Prompt, Seed, Temperature, to_steer, where_asked

_HASHES = rf"^({HASH}(, ?{HASH})*)?$"


class SteerConcept(Question):
    """Steer along a concept of your own, made by hand of images, in place of a neuron: give `word`, or `concept`.

    With a word, the images are those of the neurons that `search` finds by it; `concept` in the answers tells them. The patches
    of `where` move `alpha` times the way from the mean of other images of the atlas to the mean of these (DiffMean), without the
    SAE. The image to answer about is one of your own, or `example`: the content hash of one of the atlas's, or "white".
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
    prompt: Prompt = Steering.prompt
    length: Length = Steering.length
    temperature: Temperature = 0.0
    seed: Seed = 0
    where: AskedWhere = "usual"

    def answers(self, context: Context, own: OwnImages) -> Iterator[Answer]:
        atlas, vlm = to_steer(context, self.atlas)
        if bool(self.word) == bool(self.concept):
            raise VisitorError(text.ASK_ONE_CONCEPT)
        image = chosen_image(atlas, own.get(IMAGE), self.example, white_too=True)
        given = tuple(dict.fromkeys(self.concept.replace(" ", "").split(",")))
        concept = images_of_word(context.pool, atlas, self.word) if self.word else given
        fields = {name: getattr(self, name) for name in ("alpha", "length", "temperature", "seed")}
        where = where_asked(atlas, self.where)
        steering = Steering(0, prompt=context.prompt(self.prompt), concept=concept, where=where, **fields)
        for answers in steer(context.pool, atlas, vlm, image, steering):
            yield {"atlas": atlas.name, "word": self.word, "concept": list(concept), "alpha": self.alpha, **answers.as_dict()}
