"""An atlas in a notebook: `from explorer import open_atlas`."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
from PIL import Image

from explorer.atlas.atlas import Atlas
from explorer.atlas.pictures import decode_picture
from explorer.atlas.query import Query
from explorer.atlas.steerable import usual_where
from explorer.errors import UserError
from explorer.model_pool import ModelPool
from explorer.operations.browse import NeuronPage, browse
from explorer.operations.images import named
from explorer.operations.neuron import IMAGES, NeuronDetail, neuron, top_images
from explorer.operations.read import NEURONS, read
from explorer.operations.results import as_frame
from explorer.operations.steer import SteeredAnswers, Steering, steer
from explorer.settings import Settings
from explorer.shipped import shipped

Progress = Callable[[SteeredAnswers], object]


class OpenAtlas:
    """An atlas and the models that it needs.

    Args:
        atlas: as `explorer.atlas` opens it.
        pool: owns the models.
        vlm: the vision-language model to steer, by Hub id or directory; None if there is none.
    """

    def __init__(self, atlas: Atlas, pool: ModelPool, vlm: str | None) -> None:
        self.atlas, self.pool, self.vlm = atlas, pool, vlm

    def __repr__(self) -> str:
        about = self.atlas.manifest
        return f"<atlas {self.atlas.name}: {len(self.atlas):,} neurons of {about.encoder.name} at {about.tap.name}>"

    @property
    def neurons(self) -> pd.DataFrame:
        """One row a neuron: MS by each similarity encoder, density, activations, names."""
        return self.atlas.neurons

    def browse(self, query: Query | None = None, **fields: object) -> NeuronPage:
        """A page of neurons: `atlas.browse(sort="density", size=50)`; the fields are `Query`'s."""
        return browse(self.atlas, replace(query or Query(), **fields))  # type: ignore[arg-type]

    def neuron(self, number: int) -> NeuronDetail:
        """Everything about one neuron.

        Raises:
            UserError: if there is no such neuron.
        """
        return neuron(self.atlas, number)

    def top_images(self, number: int, band: str | None = None, count: int = IMAGES) -> pd.DataFrame:
        """The images that a neuron fires on, strongest first, one row an image.

        Raises:
            UserError: if there is no such neuron or band.
        """
        return as_frame(top_images(self.atlas, number, band, count))

    def thumbnail(self, image: str) -> Image.Image:
        """An image of the atlas, by its content hash.

        Raises:
            UserError: if the atlas has no such image.
        """
        data = self.atlas.images.thumbnail(image)
        if data is None:
            raise UserError(f"atlas {self.atlas.name} has no image {image!r}: take one from top_images(…).image")
        return decode_picture(data)

    def read(self, image: "Image.Image | Path | str", limit: int = NEURONS) -> pd.DataFrame:
        """The neurons that activate for an image, strongest first, one row a neuron.

        Args:
            image: a PIL image or an image file.

        Raises:
            UserError: if it cannot be read, or the atlas's encoder cannot be loaded.
        """
        return as_frame(read(self.pool, self.atlas, named(_opened(image)), limit).neurons)

    def steer(
        self,
        image: "Image.Image | Path | str",
        number: int,
        alpha: float,
        prompt: str = "describe the image.",
        progress: Progress | None = None,
        **fields: object,
    ) -> SteeredAnswers:
        """What the vision-language model says of an image, without and with a neuron set to α, and what to hold that against.

        Args:
            progress: called with the answers as far as they have come, after every token.
            fields: the other ones of `Steering`: length, temperature, seed, keep_error, mode, also, patches, controls, and where,
                which is the atlas's own by default, as on the Steer page.

        Raises:
            UserError: if there is no model, it does not fit the atlas, or a value is out of its range.
        """
        if self.vlm is None:
            raise UserError("no vision-language model is set: open_atlas(…, vlm=…) or MONOSCOPE_VLM names one")
        fields.setdefault("where", usual_where(self.atlas))
        steering = Steering(number, alpha, prompt, **fields)  # type: ignore[arg-type]
        answers = SteeredAnswers()
        for answers in steer(self.pool, self.atlas, self.vlm, named(_opened(image)), steering):
            if progress:
                progress(answers)
        return answers


def open_atlas(directory: Path | str, vlm: str | None = None, pool: ModelPool | None = None) -> OpenAtlas:
    """Open an atlas for use in a program. Models load when they are first needed.

    Args:
        directory: that holds manifest.json; or the name of a built-in atlas, such as `storybook-patches`.
        vlm: the vision-language model to steer, by Hub id or directory; MONOSCOPE_VLM, or the built-in one, if None.
        pool: to share models between several atlases; one of its own if None.

    Raises:
        UserError: if there is no atlas, or it is damaged.
    """
    from explorer.atlas.encoder_source import ANYWHERE

    settings = Settings.from_environment()
    pool = pool or ModelPool(allowed=ANYWHERE, precision=settings.vlm_precision)
    return OpenAtlas(Atlas(_located(Path(directory))), pool, vlm or settings.vlm)


def _located(place: Path) -> Path:
    built_in = shipped("storybook/atlases") / place
    return built_in if not place.exists() and built_in.is_dir() else place


def _opened(image: "Image.Image | Path | str") -> Image.Image:
    return image.convert("RGB") if isinstance(image, Image.Image) else decode_picture(Path(image).read_bytes())
