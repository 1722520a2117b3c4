"""Questions that an atlas answers by itself: which atlases there are, their neurons, and one neuron with its images."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from explorer.atlas.query import Query
from explorer.operations.atlases import atlases
from explorer.operations.browse import browse
from explorer.operations.neuron import IMAGES, neuron, top_images
from explorer.ui.context import Context
from explorer.ui.questions.base import Answer, AtlasName, NeuronNumber, OwnImages, Patches, Question, atlas_named, fields_of
from explorer.ui.routes.thumbnails import thumb_url

Sort = Literal[
    "best", "ms", "ms-low", "steers", "steers-low", "density", "density-low", "fit", "fit-low", "activation", "activation-low",
    "label", "level", "level-high", "id", "id-high",
]  # fmt: skip


class Atlases(Question):
    """List the atlases: each holds the neurons of one sparse autoencoder (or of an encoder's own dimensions) and their images.

    Ask this first. `can_read` and `can_steer` say what else can be asked of an atlas.
    """

    def answers(self, context: Context, own: OwnImages) -> Iterator[Answer]:
        yield {"atlases": [summary.as_dict() for summary in atlases(context.library)]}


class Neurons(Question):
    """List neurons of an atlas, filtered and sorted, a page at a time.

    Each has its name and where that comes from, MS (MonoSemanticity, −1 to 1: how alike the images are that it fires on),
    floor (the mean cosine of two random images, from which MS is read; null where unknown), level, density (share of images it
    fires on), images (how many those are), strongest activation, steerability (share of answers that it brings its word into) and
    fit (of the best word of a vocabulary). A dead neuron has no MS. Example: text="boat", images=10, named=true.
    """

    atlas: AtlasName = ""
    sort: Annotated[
        Sort,
        Field(
            description="best: highest MS of neurons that fire on 16 images or more, then the others; ms: highest MS; "
            "steers: steers best first; fit: name fits best first; id: by number; -low, -high: the other way round"
        ),
    ] = "best"
    similarity: Annotated[str, Field(max_length=100, description="similarity encoder of MS; empty: the atlas's first")] = ""
    least_ms: Annotated[float, Field(ge=-1, le=1)] = -1.0
    most_ms: Annotated[float, Field(ge=-1, le=1)] = 1.0
    level: Annotated[int | None, Field(ge=0, lt=128, description="only this Matryoshka level, 0 = coarsest; null: all")] = None
    images: Annotated[int, Field(ge=0, lt=2**31, description="only neurons that fire on at least this many images")] = 0
    least_density: Annotated[float, Field(ge=0, le=1, description="share of images that it fires on")] = 0.0
    most_density: Annotated[float, Field(ge=0, le=1)] = 1.0
    steerable: Annotated[
        bool, Field(description="only neurons that bring a word into a model's answers when they are raised")
    ] = False
    named: Annotated[bool, Field(description="only neurons whose name is sure")] = False
    dead: Annotated[bool, Field(description="with neurons that fire on no image")] = False
    text: Annotated[str, Field(max_length=80, description="only neurons whose name or label contains this")] = ""
    page: Annotated[int, Field(ge=0, lt=2**31, description="from 0; one beyond the last is the last")] = 0
    size: Annotated[int, Field(ge=1, le=200, description="neurons on a page")] = 24

    def answers(self, context: Context, own: OwnImages) -> Iterator[Answer]:
        atlas = atlas_named(context, self.atlas)
        query = Query(
            sort=self.sort,
            similarity=self.similarity or None,
            ms=(self.least_ms, self.most_ms),
            level=self.level,
            images=self.images,
            alive=not self.dead,
            density=(self.least_density, self.most_density),
            steerable=self.steerable,
            named=self.named,
            text=self.text,
            page=self.page,
            size=self.size,
        )
        yield {"atlas": atlas.name, **browse(atlas, query).as_dict()}


class Neuron(Question):
    """Everything about one neuron, and the images that it fires on, strongest first.

    `names` has all its names and where each comes from, the one it goes by first. `rank` is its place by MS among the neurons
    that fire on enough images. `neighbours` are the nearest neurons by direction, by images and by firing together, and those
    that nearly equal it. `says` are the words that raising it brings into a vision-language model's answers, where that was
    tried. `alpha` is the range to steer it in. An image is named by its content hash; its thumbnail (WebP) is at the address
    `thumbnail`, relative to the site. `bands` are ranges of activation: "top", or around a quantile. Example: neuron=7.
    """

    neuron: NeuronNumber
    atlas: AtlasName = ""
    band: Annotated[
        str, Field(max_length=40, description="band of activation, one of the neuron's `bands`; empty: the first")
    ] = ""
    images: Annotated[int, Field(ge=0, le=100, description="images at most")] = IMAGES
    patches: Patches = False

    def answers(self, context: Context, own: OwnImages) -> Iterator[Answer]:
        atlas = atlas_named(context, self.atlas)
        images = top_images(atlas, self.neuron, self.band or None, self.images)
        shown = [{**fields_of(image.as_dict(), self.patches), "thumbnail": thumb_url(atlas, image.image)} for image in images]
        yield {"atlas": atlas.name, **neuron(atlas, self.neuron).as_dict(), "images": shown}
