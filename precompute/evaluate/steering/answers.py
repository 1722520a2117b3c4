"""A vision-language model's answers under every arm and strength, each generated once and kept in a file."""

from collections.abc import Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from explorer.atlas.atlas import Atlas
from explorer.atlas.manifest import Where
from explorer.atlas.pictures import decode_picture
from explorer.models.steering.spec import Along, SteeringSpec
from explorer.models.steering.steerer import Asked, Steerer
from explorer.models.vlm.model import Sampling
from precompute.kept_answers import KeptAnswers
from precompute.stage_record import request_key

WHITE = "white"  # the key of the white image, beside the hashes of others
WHITE_SIDE = 336  # pixels
TOGETHER = 32  # answers generated at once


class Arm(NamedTuple):
    """A way to push the model's vectors."""

    along: Along = "neuron"
    keep_error: bool = False


ARMS = {
    "sae": Arm(),  # the paper's: the neuron is set and the SAE's reconstruction goes on
    "sae_keep_error": Arm(keep_error=True),
    "diff_mean": Arm("diff-mean"),
    "original": Arm("original"),  # the encoder's own dimension that tells the concept best: no SAE
    "random": Arm("random"),
}


class Setting(NamedTuple):
    """What is asked, and what is done to the model that answers."""

    image: str
    prompt: str
    neuron: int | None = None
    arm: str = ""
    alpha: float = 0.0


class Answers:
    """The answers of one model about one atlas's images; a run after a kill reads them back.

    Args:
        length: most tokens of an answer.
        directory: where their file lies, named by the model, the SAE, the length and the patches.
        where: the patches that neurons are raised on; lowered they are on all, for a thing may reach to the rim.
    """

    def __init__(self, atlas: Atlas, steerer: Steerer, length: int, directory: Path, where: Where = "all") -> None:
        self.atlas, self.steerer, self.length = atlas, steerer, length
        self._patches = steerer.patches(where)
        asked = {"vlm": steerer.vlm.variant, "sae": atlas.manifest.sae.sha256, "length": length}
        key = request_key(asked if where == "all" else asked | {"where": where})  # older answers are of all patches
        self._kept = KeptAnswers(directory / f"answers-{key}.jsonl", Setting)

    def texts(self, settings: Sequence[Setting]) -> list[str]:
        """The answer under each setting; those not yet known are generated together, prompt by prompt."""
        by_prompt = groupby(sorted(self._kept.missing(settings), key=lambda s: s.prompt), key=lambda s: s.prompt)
        for prompt, unknown in ((prompt, list(some)) for prompt, some in by_prompt):
            for some in (unknown[start : start + TOGETHER] for start in range(0, len(unknown), TOGETHER)):
                *_, texts = self.steerer.together(list(map(self._asked, some)), prompt, Sampling(self.length))
                self._kept.keep(zip(some, texts, strict=True))
        return [self._kept[setting] for setting in settings]

    def _asked(self, setting: Setting) -> Asked:
        load = partial(self._decoded, setting.image)
        if setting.neuron is None:
            return Asked(setting.image, load, None)
        arm = ARMS[setting.arm]
        patches = self._patches if setting.alpha > 0 else None
        spec = SteeringSpec(setting.neuron, setting.alpha, arm.keep_error, patches=patches, along=arm.along)
        return Asked(setting.image, load, spec)

    def _decoded(self, image: str) -> Image.Image:
        if image == WHITE:
            return Image.new("RGB", (WHITE_SIDE, WHITE_SIDE), "white")
        return decode_picture(self.atlas.images.thumbnail(image) or b"")
