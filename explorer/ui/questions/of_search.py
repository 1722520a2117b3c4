"""The question that finds neurons: by words, by a picture, or by another neuron."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from explorer.errors import VisitorError
from explorer.operations.hits import FOUND, MOST
from explorer.operations.images import NamedImage, atlas_image
from explorer.operations.search import LONGEST, search_image, search_neuron, search_text
from explorer.ui import text
from explorer.ui.context import Context
from explorer.ui.questions.base import IMAGE, Answer, AtlasName, OwnImages, Question, atlas_named


class Search(Question):
    """Find neurons by words, by an image, or by another neuron: give one of `text`, `neuron`, `example` or an image of your own.

    Words are compared with names and, where `by_meaning` is true, with the images that each neuron fires on. Each hit tells why
    it is found: name, meaning (its images are near the words or the image), fires (on the image), direction or images (near
    the neuron's). `unknown_words` are those that the text tower was never taught. Example: text="a red boat".
    """

    own_images = (IMAGE,)
    atlas: AtlasName = ""
    text: Annotated[str, Field(max_length=LONGEST, description="what pictures show")] = ""
    neuron: Annotated[int | None, Field(ge=0, lt=2**31, description="find others like this one")] = None
    example: Annotated[str, Field(max_length=64, description="content hash of an image of the atlas")] = ""
    limit: Annotated[int, Field(ge=1, le=MOST, description="neurons at most")] = FOUND

    def answers(self, context: Context, own: OwnImages) -> Iterator[Answer]:
        atlas, sent = atlas_named(context, self.atlas), own.get(IMAGE)
        if sum([bool(self.text), self.neuron is not None, bool(self.example), sent is not None]) != 1:
            raise VisitorError(text.ASK_ONE_SEARCH)
        if self.neuron is not None:
            found = search_neuron(atlas, self.neuron, self.limit)
        elif self.text:
            found = search_text(context.pool, atlas, self.text, self.limit)
        else:
            if sent is None and self.example not in atlas.images:
                raise VisitorError(text.ASK_UNKNOWN_EXAMPLE)
            image = NamedImage(sent.key, sent.load) if sent else atlas_image(atlas, self.example)
            found = search_image(context.pool, atlas, image, self.limit)
        yield {"atlas": atlas.name, **found.as_dict()}
