"""An atlas's SAE where a vision-language model reads: images and prompts in, steered and unsteered text out."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from statistics import median
from typing import NamedTuple

import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from explorer.atlas.atlas import Atlas
from explorer.atlas.manifest import Where
from explorer.atlas.pictures import decode_picture
from explorer.atlas.query import Query
from explorer.atlas.steerable import alpha_range, can_steer
from explorer.errors import UserError, VisitorError
from explorer.models.atlas_sae import load_sae
from explorer.models.memory import storage_bytes
from explorer.models.neuron_reader import NeuronReader
from explorer.models.recent import Recent
from explorer.models.sae import SparseAutoencoder
from explorer.models.steering.apply import Steered, push, steer
from explorer.models.steering.directions import (
    check_concept,
    contrast,
    contrast_of,
    diff_mean,
    original_dimension,
    random_direction,
)
from explorer.models.steering.region import patches_of
from explorer.models.steering.spec import Along, OwnConcept, Spec
from explorer.models.taps import Tap
from explorer.models.vlm.load import load_vlm
from explorer.models.vlm.model import VisionLanguageModel
from explorer.models.vlm.sampling import Sampling
from explorer.models.vlm.vision import HiddenState

HIDDEN_STATES, DIRECTIONS, MEANS, TEXTS = 8, 64, 1024, 256  # kept, the most recent ones
MOST_BYTES = 128 * 2**20  # of hidden states, and again of steered ones: those of an image in many tiles take as much each
PROBES = 8  # neurons that tell whether this model's tower is the atlas's encoder
SAME = 0.7  # of the recorded activation; stored thumbnails, lossy as they are, give 0.95 and more
NO_MODEL = "The vision-language model cannot be loaded; whoever runs this Monoscope can set another one: MONOSCOPE_VLM=…"

LoadImage = Callable[[], Image.Image]


class Asked(NamedTuple):
    """What one answer of several is about."""

    key: str
    """Names the image: for a known one `image` is not called."""
    image: LoadImage
    spec: Spec | None
    """None: unsteered."""


class Steerer:
    """A vision-language model with an atlas's SAE at the tap that it reads; safe to share between threads.

    Args:
        atlas: whose neurons are steered.
        vlm: the model.
        sae: the atlas's.

    Raises:
        UserError: if the atlas's tap is after the block that the model reads, or the widths differ.
    """

    def __init__(self, atlas: Atlas, vlm: VisionLanguageModel, sae: SparseAutoencoder) -> None:
        tap, width = Tap.parse(atlas.manifest.tap.name), vlm.model.config.vision_config.hidden_size
        if tap.block is None or tap.block > (vlm.tap.block or 0) or sae.config.width != width:
            raise VisitorError(
                f"atlas {atlas.name} was read at tap {tap}, {sae.config.width} wide, but {vlm.name} reads block {vlm.tap.block},"
                f" {width} wide: choose an atlas of its vision tower at {vlm.tap} or an earlier block, or set MONOSCOPE_VLM to"
                " another model"
            )
        self._atlas, self.vlm, self._sae = atlas, vlm, sae.to(vlm.encoder.device)
        self._tap = Tap(tap.block, "patches")
        self._hidden_states: Recent[HiddenState] = Recent(HIDDEN_STATES, MOST_BYTES, _bytes)
        self._steered: Recent[Steered] = Recent(HIDDEN_STATES, MOST_BYTES, _bytes)
        self._means: Recent[Float[Tensor, " d"]] = Recent(MEANS)
        self._directions: Recent[Float[Tensor, " d"]] = Recent(DIRECTIONS)
        self._texts: Recent[str] = Recent(TEXTS)
        self.same_tower = self._same_tower()
        """Whether the model's vision tower gives the activations that the atlas recorded; if not, it has other weights."""

    def patches(self, where: Where) -> tuple[int, ...] | None:
        """The patches of a region of what the model sees; None for all.

        Raises:
            UserError: if the model's tokens lie on no grid.
        """
        grid = self.vlm.encoder.grid
        if where != "all" and grid is None:
            raise VisitorError(f"{self.vlm.name} sees no grid of patches, so there is no {where} to steer: choose all")
        return None if grid is None else patches_of(where, grid)

    def steered(self, key: str, image: LoadImage, prompt: str, sampling: Sampling, spec: Spec) -> Iterator[str]:
        """The steered text: after every token, the whole of it so far; one that is known comes whole, at once.

        Args:
            key: names the image: for a known one `image` is not called.
            image: gives the upright RGB image.

        Raises:
            UserError: if a neuron is dead, or a neuron or a concept's image is not one of the atlas's.
        """
        self._check(spec)
        return self._text(lambda: self._shown(Asked(key, image, spec)), prompt, sampling, (key, spec))

    def reconstructed(self, key: str, image: LoadImage, prompt: str, sampling: Sampling) -> Iterator[str]:
        """The text on what the SAE makes of the hidden state, nothing steered: what steering by it is to be held against."""
        return self._text(lambda: self._reconstructed(key, image), prompt, sampling, (key, "reconstructed"))

    def unsteered(self, key: str, image: LoadImage, prompt: str, sampling: Sampling) -> Iterator[str]:
        """The text on the untouched hidden state."""
        return self._text(lambda: self._hidden_state(key, image), prompt, sampling, (key, "unsteered"))

    def together(self, asked: Sequence[Asked], prompt: str, sampling: Sampling) -> Iterator[list[str]]:
        """The answers to one prompt, generated together: after every token, all of them so far; known ones come whole.

        Raises:
            UserError: as `steered`.
        """
        for one in asked:
            if one.spec is not None:
                self._check(one.spec)
        return self._together(asked, prompt, sampling)

    def read_concept(self, spec: Spec) -> Iterator[str]:
        """Read the images that a concept of one's own is made of, as far as they are not known, and tell each when it is read.

        They are kept, so that what is asked next does not take as long as all of them. Of a neuron there is nothing to read.

        Raises:
            UserError: as `steered`, or if the concept is all images of the atlas.
        """
        if isinstance(spec, OwnConcept) and self._directions.get(_key(spec)) is None:
            for image in chain(*contrast_of(self._atlas, _key(spec))):
                self._mean_state(image)
                yield image
            self._way(spec)

    def moved(self, key: str, image: LoadImage, spec: Spec) -> int:
        """The number of tokens of an image that a spec changes; 0: its answer is not a steered one.

        Raises:
            UserError: as `steered`.
        """
        self._check(spec)
        return self._state(key, image, spec).moved

    def _check(self, spec: Spec) -> None:
        self.patches(spec.where)  # refuses a region where there is no grid
        if isinstance(spec, OwnConcept):
            check_concept(self._atlas, spec.images)
            return
        for neuron, _ in spec.settings:
            self._atlas.neuron(neuron)  # refuses one that is not there
            if alpha_range(self._atlas, neuron) is None:
                raise VisitorError(f"neuron {neuron} fired on no image of atlas {self._atlas.name}: choose another one")

    def _text(
        self, hidden: Callable[[], HiddenState], prompt: str, sampling: Sampling, shown: tuple[object, ...]
    ) -> Iterator[str]:
        """The text about a hidden state; a whole one is kept by all that decides it."""
        question, text = (*shown, prompt, sampling), ""
        if (known := self._texts.get(question)) is not None:
            yield known
            return
        for text in self.vlm.generate(hidden(), prompt, sampling):
            yield text
        self._texts.keep(question, text)

    def _together(self, asked: Sequence[Asked], prompt: str, sampling: Sampling) -> Iterator[list[str]]:
        questions = [(one.key, one.spec or "unsteered", prompt, sampling) for one in asked]
        texts = {question: text for question in questions if (text := self._texts.get(question)) is not None}
        new = {question: one for question, one in zip(questions, asked, strict=True) if question not in texts}
        if new:
            written = [""] * len(new)
            for written in self.vlm.generate_batch([self._shown(one) for one in new.values()], prompt, sampling):
                so_far = texts | dict(zip(new, written, strict=True))
                yield [so_far[question] for question in questions]
            for question, text in zip(new, written, strict=True):
                texts[question] = self._texts.keep(question, text)
        yield [texts[question] for question in questions]

    def _shown(self, asked: Asked) -> HiddenState:
        state = self._hidden_state(asked.key, asked.image)
        if asked.spec is None:
            return state
        return state._replace(patches_td=self._state(asked.key, asked.image, asked.spec).hidden_td)

    def _hidden_state(self, key: str, image: LoadImage) -> HiddenState:
        return self._hidden_states.get_or(key, lambda: self.vlm.hidden_state(image(), self._tap.block))

    @torch.inference_mode()
    def _reconstructed(self, key: str, image: LoadImage) -> HiddenState:
        state = self._hidden_state(key, image)
        return state._replace(patches_td=self._sae.decode(self._sae.encode(state.patches_td)))

    @torch.inference_mode()
    def _state(self, key: str, image: LoadImage, spec: Spec) -> Steered:
        def state() -> Steered:
            seen = self._hidden_state(key, image)
            patches = self.patches(spec.where) if spec.patches is None else spec.patches
            where = None if patches is None else self.vlm.vision.tokens_at(patches, seen.size)
            if isinstance(spec, OwnConcept):
                return push(seen.patches_td, spec.alpha * self._way(spec), where)
            along_d = None if spec.along == "neuron" else self._direction(spec.along, spec.neuron)
            return steer(self._sae, seen.patches_td, replace(spec, patches=where), along_d)

        return self._steered.get_or((key, spec), state)

    def _way(self, spec: OwnConcept) -> Float[Tensor, " d"]:
        """From the mean of other images to that of a concept's."""

        def made() -> Float[Tensor, " d"]:
            those = contrast_of(self._atlas, _key(spec))
            return self._mean_states(those.with_it).mean(0) - self._mean_states(those.without).mean(0)

        return self._directions.get_or(_key(spec), made)

    def _direction(self, along: Along, neuron: int) -> Float[Tensor, " d"]:
        """A control's direction, at unit length."""

        def made() -> Float[Tensor, " d"]:
            if along == "random":
                return random_direction(self._sae.config.width, seed=neuron).to(self.vlm.encoder.device)
            images = contrast(self._atlas, neuron)
            of_images = diff_mean if along == "diff-mean" else original_dimension
            return of_images(self._mean_states(images.with_it), self._mean_states(images.without))

        return self._directions.get_or((along, neuron), made)

    def _mean_states(self, images: Sequence[str]) -> Float[Tensor, "n d"]:
        """The mean hidden state of each of the atlas's images."""
        return torch.stack([self._mean_state(image) for image in images])

    def _mean_state(self, image: str) -> Float[Tensor, " d"]:
        def made() -> Float[Tensor, " d"]:
            picture = decode_picture(self._atlas.images.thumbnail(image) or b"")
            return self.vlm.hidden_state(picture, self._tap.block).patches_td.mean(0)

        return self._means.get_or(image, made)

    def _same_tower(self) -> bool:
        """On the images that neurons activate for most strongly, at least half of these activate about as strongly as recorded.

        Hashes could not tell: the tower inside a vision-language model lacks its encoder's projection, and is often in half
        precision.
        """
        atlas = self._atlas
        reader = NeuronReader(self.vlm.encoder, self._tap, self._sae, atlas.manifest.pooling)
        shares = []
        for neuron in atlas.page(Query(sort="density", size=PROBES)).neurons:
            top = next(iter(atlas.top_images(neuron, 1)), None)
            if top and top.activation > 0 and (data := atlas.images.thumbnail(top.image)):
                activations = {n.neuron: n.activation for n in reader.read(decode_picture(data), limit=len(atlas))}
                shares.append(activations.get(neuron, 0.0) / top.activation)
        return not shares or median(shares) >= SAME


def _bytes(state: HiddenState | Steered) -> int:
    return storage_bytes(part for part in state if isinstance(part, Tensor))


def _key(concept: OwnConcept) -> tuple[str, ...]:
    """Its images, in one order whatever order they were given in."""
    return tuple(sorted(concept.images))


def load_steerer(
    atlas: Atlas,
    source: str,
    vlms: Callable[[str], VisionLanguageModel] = load_vlm,
    saes: Callable[[Atlas], SparseAutoencoder] = load_sae,
) -> Steerer:
    """Load an atlas's SAE into a vision-language model.

    Args:
        source: the model, by Hub id or directory.
        vlms: gives a model by its source; a model pool gives the one that it holds.
        saes: the same for an atlas's SAE.

    Raises:
        UserError: if the atlas has no SAE on patch tokens, or the two do not fit.
    """
    if not can_steer(atlas):
        raise VisitorError(
            f"atlas {atlas.name} cannot steer: its neurons are not an SAE's on patch tokens (tap {atlas.manifest.tap.name},"
            f" {atlas.manifest.sae.kind}); choose an atlas whose tap is BLOCK:patches or BLOCK:random:N"
        )
    try:
        vlm = vlms(source)
    except UserError as error:
        raise UserError(str(error), NO_MODEL) from error
    return Steerer(atlas, vlm, saes(atlas))
