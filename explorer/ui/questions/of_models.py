"""Questions that a model answers, about an image: which neurons fire for it, and what is said of it when one is set."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from explorer.atlas.atlas import Atlas
from explorer.atlas.steerable import alpha_range
from explorer.errors import VisitorError
from explorer.operations.contrast import EACH, contrast
from explorer.operations.images import WHITE, NamedImage, atlas_image
from explorer.operations.names import neuron_name
from explorer.operations.patches import LONGEST_RUNS, numbers
from explorer.operations.read import NEURONS, Order, read
from explorer.operations.steer import Mode, Steering, steer
from explorer.ui import text
from explorer.ui.context import Context
from explorer.ui.questions.base import (
    IMAGE,
    SECOND_IMAGE,
    Answer,
    AtlasName,
    NeuronNumber,
    OwnImage,
    OwnImages,
    Patches,
    Question,
    atlas_named,
    fields_of,
)
from explorer.ui.questions.steering import AskedWhere, Length, Prompt, Seed, Temperature, to_steer, where_asked

MOST_ALPHA = 10  # times a neuron's strongest activation, either way
_NUMBER = r"-?\d{1,9}(\.\d{1,9})?"
_ALSO = rf"^(\d{{1,9}}:{_NUMBER}(, ?\d{{1,9}}:{_NUMBER})*)?$"
_REGION = 'numbered row by row from 0, as "9-11.17"; empty: all'
Example = Annotated[str, Field(max_length=64, description="content hash of an image of the atlas, in place of one of your own")]


class Read(Question):
    """Read an image: which neurons of an atlas activate for it, strongest first, each with its name.

    Give an image of your own, or `example`, the content hash of one of the atlas's. Activations are in the SAE's own unit;
    `percentile` is the share of the atlas's images that the neuron fires on, in %, on which it fires less strongly.
    `r2` tells how much of the image the SAE reproduces: 1 all. Example: order="unusual".
    """

    own_images = (IMAGE,)
    atlas: AtlasName = ""
    example: Example = ""
    limit: Annotated[int, Field(ge=1, le=200, description="neurons at most")] = NEURONS
    order: Annotated[Order, Field(description="strongest: by activation; unusual: by percentile")] = "strongest"
    region: Annotated[str, Field(max_length=LONGEST_RUNS, description=f"only the neurons of these patches, {_REGION}")] = ""
    patches: Patches = False

    def answers(self, context: Context, own: OwnImages) -> Iterator[Answer]:
        atlas = _atlas_that_reads(context, self.atlas)
        image = chosen_image(atlas, own.get(IMAGE), self.example)
        reading = read(context.pool, atlas, image, min(self.limit, len(atlas)), self.order, numbers(self.region)).as_dict()
        found = [_named(atlas, one, self.patches) for one in reading.pop("neurons")]
        yield {"atlas": atlas.name, **fields_of(reading, self.patches), "neurons": found}


class Contrast(Question):
    """Read two images: which neurons of an atlas activate for both, and which for one of them alone, each with its name.

    Give each as an image of your own, or as the content hash of one of the atlas's: `example` and `second_example`. `shared` has
    a neuron's activation on the `first` and on the `second`; `only_first` and `only_second` are the others. `counts` tells how
    many there are of each kind, in this order. Activations, `percentile` and `r2`, one for each image, are as those of `read`.
    """

    own_images = (IMAGE, SECOND_IMAGE)
    atlas: AtlasName = ""
    example: Example = ""
    second_example: Annotated[str, Field(max_length=64, description="the same, of the second image")] = ""
    limit: Annotated[int, Field(ge=1, le=200, description="neurons of each kind at most")] = EACH
    order: Annotated[Order, Field(description="strongest: by activation; unusual: by percentile")] = "strongest"
    patches: Patches = False

    def answers(self, context: Context, own: OwnImages) -> Iterator[Answer]:
        atlas = _atlas_that_reads(context, self.atlas)
        first = chosen_image(atlas, own.get(IMAGE), self.example)
        second = chosen_image(atlas, own.get(SECOND_IMAGE), self.second_example)
        found = contrast(context.pool, atlas, first, second, self.limit, self.order).as_dict()
        for name in ("only_first", "only_second"):
            found[name] = [_named(atlas, one, self.patches) for one in found[name]]
        found["shared"] = [{place: _named(atlas, one, self.patches) for place, one in pair.items()} for pair in found["shared"]]
        yield {"atlas": atlas.name, **fields_of(found, self.patches)}


class Steer(Question):
    """Set one neuron to `alpha` inside a vision-language model, and compare what it says of an image with and without that.

    Give an image of your own, or `example`: the content hash of one of the atlas's, or "white". The answers grow: first
    `unsteered`, then `steered`, then `reconstructed` (the SAE's reconstruction with nothing set, so what of the change is the
    SAE's), with `controls` also `diff_mean` and `random`, until `done`. `moved` is the number of patches that were changed.
    With `done` come `verdicts`, one on each answer, where there is a `judge`: whether it `says` the neuron's `concept`, and
    whether the prompt is `followed`, null where that cannot be told.
    Example: neuron=7, alpha=4.5, example="white", prompt="describe the image."
    """

    own_images = (IMAGE,)
    neuron: NeuronNumber
    alpha: Annotated[
        float,
        Field(
            allow_inf_nan=False,
            description="the neuron's activation where it is set, in the SAE's own unit; 0 switches it off, below 0 suppresses; "
            f"see `alpha` of `neuron`; at most {MOST_ALPHA} times its strongest activation",
        ),
    ]
    atlas: AtlasName = ""
    example: Example = ""
    prompt: Prompt = Steering.prompt
    length: Length = Steering.length
    temperature: Temperature = 0.0
    seed: Seed = 0
    keep_error: Annotated[bool, Field(description="add back what the SAE does not reproduce; the paper drops it")] = False
    mode: Annotated[Mode, Field(description="clamp: z ← alpha, as in the paper; add: z ← z + alpha; scale: z ← alpha z")] = (
        "clamp"
    )
    also: Annotated[
        str, Field(max_length=400, pattern=_ALSO, description="more neurons and their alphas, as 12:3.5,40:-1; empty: none")
    ] = ""
    where: AskedWhere = "usual"
    region: Annotated[
        str, Field(max_length=LONGEST_RUNS, description=f"set it on these patches alone, whatever `where` says, {_REGION}")
    ] = ""
    controls: Annotated[
        bool, Field(description="answer also with the image moved as far along DiffMean and along a random direction")
    ] = False

    def answers(self, context: Context, own: OwnImages) -> Iterator[Answer]:
        atlas, vlm = to_steer(context, self.atlas)
        image = chosen_image(atlas, own.get(IMAGE), self.example, white_too=True)
        names = ("neuron", "alpha", "length", "temperature", "seed", "keep_error", "mode", "controls")
        also = tuple(
            (int(neuron), float(alpha)) for neuron, _, alpha in (pair.partition(":") for pair in self.also.split(",") if pair)
        )
        patches = numbers(self.region) or None
        for neuron, alpha in ((self.neuron, self.alpha), *also):
            _check_alpha(atlas, neuron, alpha, self.mode)
        given = {name: getattr(self, name) for name in names}
        where = where_asked(atlas, self.where)
        steering = Steering(prompt=context.prompt(self.prompt), **given, also=also, patches=patches, where=where)
        for answers in steer(context.pool, atlas, vlm, image, steering):
            yield {"atlas": atlas.name, "neuron": self.neuron, "alpha": self.alpha, **answers.as_dict()}


def _atlas_that_reads(context: Context, name: str) -> Atlas:
    """The atlas of that name, or the first that suits; refused where no encoder of it is known."""
    atlas = atlas_named(context, name, "image")
    if atlas.manifest.encoder.library == "none":
        raise VisitorError(text.NO_ENCODER)
    return atlas


def _named(atlas: Atlas, found: Answer, patches: bool) -> Answer:
    """A neuron that activates, with its name."""
    return fields_of({**found, "name": neuron_name(atlas, found["neuron"]).as_dict()}, patches)


def chosen_image(atlas: Atlas, own: OwnImage | None, chosen: str, white_too: bool = False) -> NamedImage:
    """The image that a question is about: the asker's, or the atlas's by its hash.

    Raises:
        VisitorError: if both are given, or none, or the atlas has no such image.
    """
    if own is not None and not chosen:
        return NamedImage(own.key, own.load)
    if not chosen or own is not None:
        raise VisitorError(text.ASK_ONE_IMAGE)
    if chosen not in atlas.images and not (white_too and chosen == WHITE):
        raise VisitorError(text.ASK_UNKNOWN_EXAMPLE)
    return atlas_image(atlas, chosen)


def _check_alpha(atlas: Atlas, number: int, alpha: float, mode: Mode) -> None:
    atlas.neuron(number)  # refuses one that is not there
    reach = alpha_range(atlas, number)
    if reach is None:
        raise VisitorError(text.STEER_DEAD.format(neuron=number))
    most = MOST_ALPHA * (1 if mode == "scale" else reach.strongest)
    if abs(alpha) > most:
        raise VisitorError(text.ASK_LESS_ALPHA.format(most=f"{most:.4g}"))
