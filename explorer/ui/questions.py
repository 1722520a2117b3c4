"""What programs and agents ask: five questions with typed arguments, each answered by one operation.

`explorer.ui.api` and `explorer.ui.mcp` put the same questions; their names, arguments and descriptions come from here.
"""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, ClassVar, Literal

from PIL import Image
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from explorer.atlas.atlas import Atlas, Query
from explorer.atlas.steerable import alpha_range, can_steer
from explorer.errors import VisitorError
from explorer.operations.atlases import atlases
from explorer.operations.browse import browse
from explorer.operations.names import neuron_name
from explorer.operations.neuron import IMAGES, neuron, top_images
from explorer.operations.read import NEURONS, read
from explorer.operations.steer import LONGEST_ANSWER, LONGEST_PROMPT, WARMEST, SteeredImage, Steering, steer
from explorer.ui import text
from explorer.ui.context import Context
from explorer.ui.parts.examples import WHITE, example, white
from explorer.ui.routes.thumbnails import thumb_url

Answer = dict[str, Any]
MOST_ALPHA = 10  # times a neuron's strongest activation, either way
AtlasName = Annotated[
    str, Field(max_length=100, description="name of an atlas, as `atlases` gives it; empty: the first that suits")
]
NeuronNumber = Annotated[int, Field(ge=0, lt=2**31, description="number of a neuron, from 0")]
Patches = Annotated[bool, Field(description="add each activation per patch, rows × columns, where the atlas has patches")]
Example = Annotated[str, Field(max_length=64, description="content hash of an image of the atlas, in place of one of your own")]


@dataclass(frozen=True)
class OwnImage:
    """An image that the asker sent."""

    key: str
    load: Callable[[], Image.Image]
    """Opens it; raises UserError if it cannot be used."""


class Question(BaseModel):
    """A question with its arguments."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)
    runs_model: ClassVar[bool] = False  # and takes an image

    def answers(self, context: Context, own: OwnImage | None) -> Iterator[Answer]:
        """The answer, as far as it has come; the last is complete.

        Raises:
            UserError: if it cannot be had.
        """
        raise NotImplementedError

    @classmethod
    def described(cls) -> str:
        """For a program's author, or an agent."""
        return inspect.cleandoc(cls.__doc__ or "")


class Atlases(Question):
    """List the atlases: each holds the neurons of one sparse autoencoder (or of an encoder's own dimensions) and their images.

    Ask this first. `can_read` and `can_steer` say what else can be asked of an atlas.
    """

    def answers(self, context: Context, own: OwnImage | None) -> Iterator[Answer]:
        yield {"atlases": [summary.as_dict() for summary in atlases(context.library)]}


class Neurons(Question):
    """List neurons of an atlas, filtered and sorted, a page at a time.

    Each has its name and where that comes from, MS (MonoSemanticity, −1 to 1: how alike the images are that it fires on),
    floor (the mean cosine of two random images, from which MS is read; null where unknown), level, density (share of images
    it fires on), strongest activation and steerability (share of answers that it brings its word into). A dead neuron has no MS. Example: sort="ms", images=10, text="boat".
    """

    atlas: AtlasName = ""
    sort: Annotated[
        Literal["ms", "ms-low", "density", "density-low", "activation", "label", "steers", "id"],
        Field(description="ms: highest MS first; steers: steers best first; id: by number"),
    ] = "ms"
    similarity: Annotated[str, Field(max_length=100, description="similarity encoder of MS; empty: the atlas's first")] = ""
    least_ms: Annotated[float, Field(ge=-1, le=1)] = -1.0
    most_ms: Annotated[float, Field(ge=-1, le=1)] = 1.0
    level: Annotated[int | None, Field(ge=0, lt=128, description="only this Matryoshka level, 0 = coarsest; null: all")] = None
    images: Annotated[int, Field(ge=0, lt=2**31, description="only neurons that fire on at least this many images")] = 0
    dead: Annotated[bool, Field(description="with neurons that fire on no image")] = False
    text: Annotated[str, Field(max_length=80, description="only neurons whose name or label contains this")] = ""
    page: Annotated[int, Field(ge=0, lt=2**31, description="from 0; one beyond the last is the last")] = 0
    size: Annotated[int, Field(ge=1, le=200, description="neurons on a page")] = 24

    def answers(self, context: Context, own: OwnImage | None) -> Iterator[Answer]:
        atlas = _atlas(context, self.atlas)
        query = Query(
            self.sort,
            self.similarity or None,
            (self.least_ms, self.most_ms),
            self.level,
            self.images,
            not self.dead,
            self.text,
            self.page,
            self.size,
        )
        yield {"atlas": atlas.name, **browse(atlas, query).as_dict()}


class Neuron(Question):
    """Everything about one neuron, and the images that it fires on, strongest first.

    `alpha` is the range to steer it in. An image is named by its content hash; its thumbnail (WebP) is at the address
    `thumbnail`, relative to the site. `bands` are ranges of activation: "top", or around a quantile. Example: neuron=7.
    """

    neuron: NeuronNumber
    atlas: AtlasName = ""
    band: Annotated[
        str, Field(max_length=40, description="band of activation, one of the neuron's `bands`; empty: the first")
    ] = ""
    images: Annotated[int, Field(ge=0, le=100, description="images at most")] = IMAGES
    patches: Patches = False

    def answers(self, context: Context, own: OwnImage | None) -> Iterator[Answer]:
        atlas = _atlas(context, self.atlas)
        images = top_images(atlas, self.neuron, self.band or None, self.images)
        shown = [{**_fields(image.as_dict(), self.patches), "thumbnail": thumb_url(atlas, image.image)} for image in images]
        yield {"atlas": atlas.name, **neuron(atlas, self.neuron).as_dict(), "images": shown}


class Read(Question):
    """Read an image: which neurons of an atlas activate for it, strongest first, each with its name.

    Give an image of your own, or `example`, the content hash of one of the atlas's. Activations are in the SAE's own unit.
    """

    runs_model = True
    atlas: AtlasName = ""
    example: Example = ""
    limit: Annotated[int, Field(ge=1, le=200, description="neurons at most")] = NEURONS
    patches: Patches = False

    def answers(self, context: Context, own: OwnImage | None) -> Iterator[Answer]:
        atlas = _atlas(context, self.atlas, "image")
        if atlas.manifest.encoder.library == "none":
            raise VisitorError(text.NO_ENCODER)
        image = _image(atlas, own, self.example).load()
        reading = read(context.pool, atlas, image, min(self.limit, len(atlas))).as_dict()
        for found in reading["neurons"]:
            found["name"] = neuron_name(atlas, found["neuron"]).as_dict()
        yield {"atlas": atlas.name, **reading, "neurons": [_fields(found, self.patches) for found in reading["neurons"]]}


class Steer(Question):
    """Set one neuron to `alpha` inside a vision-language model, and compare what it says of an image with and without that.

    Give an image of your own, or `example`: the content hash of one of the atlas's, or "white". The answers grow: first
    `unsteered`, then `steered`, until `done`. Example: neuron=7, alpha=4.5, example="white", prompt="describe the image."
    """

    runs_model = True
    neuron: NeuronNumber
    alpha: Annotated[
        float,
        Field(
            allow_inf_nan=False,
            description="the neuron's activation on every patch, in the SAE's own unit; 0 switches it off, below 0 suppresses; "
            f"see `alpha` of `neuron`; at most {MOST_ALPHA} times its strongest activation",
        ),
    ]
    atlas: AtlasName = ""
    example: Example = ""
    prompt: Annotated[str, Field(min_length=1, max_length=LONGEST_PROMPT)] = Steering.prompt
    length: Annotated[int, Field(ge=1, le=LONGEST_ANSWER, description="tokens of an answer at most")] = Steering.length
    temperature: Annotated[float, Field(ge=0, le=WARMEST, description="0: the likeliest token each time; 1: drawn")] = 0.0
    seed: Annotated[int, Field(ge=0, lt=2**63, description="of the draws")] = 0
    keep_error: Annotated[bool, Field(description="add back what the SAE does not reproduce; the paper drops it")] = False

    def answers(self, context: Context, own: OwnImage | None) -> Iterator[Answer]:
        atlas = _atlas(context, self.atlas, "steer")
        if context.vlm is None:
            raise VisitorError(text.ASK_NO_MODEL)
        image = _image(atlas, own, self.example, white_too=True)
        fields = {name: getattr(self, name) for name in ("prompt", "length", "temperature", "seed", "keep_error")}
        _check_alpha(atlas, self.neuron, self.alpha)
        for answers in steer(context.pool, atlas, context.vlm, image, Steering(self.neuron, self.alpha, **fields)):
            yield {"atlas": atlas.name, "neuron": self.neuron, "alpha": self.alpha, **answers.as_dict()}


QUESTIONS: dict[str, type[Question]] = {
    "atlases": Atlases,
    "neurons": Neurons,
    "neuron": Neuron,
    "read": Read,
    "steer": Steer,
}


def asked(question: type[Question], arguments: dict[str, Any]) -> Question:
    """The question with these arguments.

    Raises:
        VisitorError: naming the first argument that is none, and what is wrong with it.
    """
    try:
        return question.model_validate(arguments)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        name = str(first["loc"][0])[:40] if first["loc"] else "the call"
        reason = first["msg"][:1].lower() + first["msg"][1:]
        raise VisitorError(text.BAD_ARGUMENT.format(name=name, reason=reason[:200])) from None


def _atlas(context: Context, name: str, page: str = "") -> Atlas:
    """The atlas of that name; the first that suits a page where none is named."""
    if name and name not in context.library.atlases:
        raise VisitorError(text.ASK_UNKNOWN_ATLAS)
    return context.atlas({"atlas": name}, page)


def _image(atlas: Atlas, own: OwnImage | None, chosen: str, white_too: bool = False) -> SteeredImage:
    if own is not None and not chosen:
        return SteeredImage(own.key, own.load)
    if not chosen or own is not None:
        raise VisitorError(text.ASK_ONE_IMAGE)
    if white_too and chosen == WHITE:
        return SteeredImage(WHITE, white)
    if chosen not in atlas.images:
        raise VisitorError(text.ASK_UNKNOWN_EXAMPLE)
    return SteeredImage(chosen, partial(example, atlas, chosen))


def _check_alpha(atlas: Atlas, number: int, alpha: float) -> None:
    atlas.neuron(number)  # refuses one that is not there
    if not can_steer(atlas):
        raise VisitorError(text.STEER_NOT_THIS_ATLAS)
    reach = alpha_range(atlas, number)
    if reach is None:
        raise VisitorError(text.STEER_DEAD.format(neuron=number))
    most = MOST_ALPHA * reach.strongest
    if abs(alpha) > most:
        raise VisitorError(text.ASK_LESS_ALPHA.format(most=f"{most:.4g}"))


def _fields(answer: Answer, patches: bool) -> Answer:
    return {name: value for name, value in answer.items() if patches or name != "patches"}
