"""An atlas's SAE where a vision-language model reads: pictures and prompts in, steered and unsteered text out."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from statistics import median
from typing import TypeVar

import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from explorer.atlas.atlas import Atlas, Query
from explorer.atlas.pictures import decode_picture
from explorer.atlas.steerable import alpha_range, can_steer
from explorer.errors import UserError, VisitorError
from explorer.models.firing import Firing, load_sae
from explorer.models.sae import SparseAutoencoder
from explorer.models.steering import SteeringSpec, steer
from explorer.models.taps import Tap
from explorer.models.vlm import Sampling, VisionLanguageModel, load_vlm

PICTURES, TEXTS = 8, 64  # kept, the last ones asked for
PROBES = 8  # neurons that are asked whether this model sees as the atlas's encoder did
ALIKE = 0.7  # of the recorded activation; stored thumbnails, lossy as they are, give 0.95 and more
NO_MODEL = "The vision-language model cannot be loaded; whoever runs this Monoscope can set another one: MONOSCOPE_VLM=…"
T = TypeVar("T")


class Recent(OrderedDict[Hashable, T]):
    """The last `size` values that were asked for."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self._size = size

    def keep(self, key: Hashable, value: T) -> T:
        """Put a value, or ask for it again; the oldest one goes."""
        self[key] = value
        self.move_to_end(key)
        if len(self) > self._size:
            self.popitem(last=False)
        return value


class Steerer:
    """A vision-language model with an atlas's SAE at the tap that it reads.

    Args:
        atlas: whose neurons are steered.
        vlm: the model.
        sae: the atlas's.

    Raises:
        UserError: if the atlas's tap is not where the model reads, or the widths differ.
    """

    def __init__(self, atlas: Atlas, vlm: VisionLanguageModel, sae: SparseAutoencoder) -> None:
        tap, width = Tap.parse(atlas.manifest.tap.name), vlm.model.config.vision_config.hidden_size
        if tap.block != vlm.tap.block or sae.config.width != width:
            raise VisitorError(
                f"atlas {atlas.name} was read at tap {tap}, {sae.config.width} wide, but {vlm.name} reads block {vlm.tap.block},"
                f" {width} wide: choose an atlas of its vision tower at {vlm.tap}, or set MONOSCOPE_VLM to another model"
            )
        self._atlas, self.vlm, self._sae = atlas, vlm, sae.to(vlm.encoder.device)
        self._seen: Recent[Float[Tensor, "t d"]] = Recent(PICTURES)
        self._said: Recent[str] = Recent(TEXTS)
        self.sees_alike = self._sees_alike()
        """Whether the model sees the atlas's own pictures as its encoder did; if not, its weights are others."""

    def answer(
        self, key: str, image: Callable[[], Image.Image], prompt: str, sampling: Sampling, spec: SteeringSpec
    ) -> Iterator[str]:
        """The steered text, after every token the whole of it so far.

        Args:
            key: names the picture: for a known one `image` is not called.
            image: gives the upright RGB picture.

        Raises:
            UserError: if the neuron is dead, or not one of the atlas's.
        """
        self._atlas.neuron(spec.neuron)  # refuses one that is not there
        if alpha_range(self._atlas, spec.neuron) is None:
            raise VisitorError(f"neuron {spec.neuron} fired on no image of atlas {self._atlas.name}: choose another one")
        hidden_td = self._see(key, image)
        with torch.inference_mode():
            steered_td = steer(self._sae, hidden_td, spec)
        return self.vlm.answer(steered_td, prompt, sampling)

    def unsteered(self, key: str, image: Callable[[], Image.Image], prompt: str, sampling: Sampling) -> Iterator[str]:
        """The text on the untouched hidden state; known ones come whole, at once."""
        asked, text = (key, prompt, sampling), ""
        if asked in self._said:
            yield self._said.keep(asked, self._said[asked])
            return
        for text in self.vlm.answer(self._see(key, image), prompt, sampling):
            yield text
        self._said.keep(asked, text)

    def _see(self, key: str, image: Callable[[], Image.Image]) -> Float[Tensor, "t d"]:
        return self._seen.keep(key, self._seen[key] if key in self._seen else self.vlm.see(image()))

    def _sees_alike(self) -> bool:
        """Shown the images that neurons fire on most strongly, at least half of these fire about as strongly as recorded.

        Hashes could not tell: the tower inside a vision-language model lacks its encoder's projection, and is often in half
        precision.
        """
        atlas = self._atlas
        firing = Firing(self.vlm.encoder, self.vlm.tap, self._sae, atlas.manifest.pooling)
        shares = []
        for neuron in atlas.page(Query(sort="density", size=PROBES)).neurons:
            top = next(iter(atlas.tops(neuron, 1)), None)
            if top and top.activation > 0 and (data := atlas.images.thumbnail(top.image)):
                fired = {f.neuron: f.activation for f in firing.fired(decode_picture(data), limit=len(atlas))}
                shares.append(fired.get(neuron, 0.0) / top.activation)
        return not shares or median(shares) >= ALIKE


def load_steerer(atlas: Atlas, source: str) -> Steerer:
    """Load an atlas's SAE into a vision-language model.

    Args:
        source: the model, by Hub id or directory.

    Raises:
        UserError: if the atlas has no SAE on patch tokens, or the two do not fit.
    """
    if not can_steer(atlas):
        raise VisitorError(
            f"atlas {atlas.name} cannot steer: its neurons are not an SAE's on patch tokens (tap {atlas.manifest.tap.name},"
            f" {atlas.manifest.sae.kind}); choose an atlas whose tap is BLOCK:patches or BLOCK:random:N"
        )
    try:
        vlm = load_vlm(source)
    except UserError as error:
        raise UserError(str(error), NO_MODEL) from error
    return Steerer(atlas, vlm, load_sae(atlas))
