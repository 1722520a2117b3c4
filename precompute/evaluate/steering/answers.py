"""A vision-language model's answers under every arm and strength, each generated once and kept in a file."""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from explorer.atlas.atlas import Atlas
from explorer.atlas.manifest import Where
from explorer.models.steering.spec import Along, SteeringSpec
from explorer.models.vlm.sampling import Sampling
from explorer.operations.answers import Ask, Question
from explorer.operations.images import atlas_image
from precompute.kept_answers import KeptAnswers
from precompute.stage_record import request_key

ALL: Where = "all"  # patches
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
        model: the name that its answers are kept by.
        ask: puts questions to it.
        length: most tokens of an answer.
        directory: where their file lies, named by the model, the SAE, the length and the patches.
        where: the patches that neurons are raised on; lowered they are on all, for a thing may reach to the rim.
    """

    def __init__(self, atlas: Atlas, model: str, ask: Ask, length: int, directory: Path, where: Where = "all") -> None:
        self.atlas, self.model, self._ask, self.length = atlas, model, ask, length
        self._where: Where = where
        asked = {"vlm": model, "sae": atlas.manifest.sae.sha256, "length": length}
        key = request_key(asked if where == "all" else asked | {"where": where})  # older answers are of all patches
        self._kept = KeptAnswers(directory / f"answers-{key}.jsonl", Setting)

    def texts(self, settings: Sequence[Setting]) -> list[str]:
        """The answer under each setting; those not yet known are generated together, prompt by prompt."""
        by_prompt = groupby(sorted(self._kept.missing(settings), key=lambda s: s.prompt), key=lambda s: s.prompt)
        for prompt, unknown in ((prompt, list(some)) for prompt, some in by_prompt):
            for some in (unknown[start : start + TOGETHER] for start in range(0, len(unknown), TOGETHER)):
                *_, texts = self._ask(list(map(self._question, some)), prompt, Sampling(self.length))
                self._kept.keep(zip(some, texts, strict=True))
        return [self._kept[setting] for setting in settings]

    def _question(self, setting: Setting) -> Question:
        image = atlas_image(self.atlas, setting.image)
        if setting.neuron is None:
            return Question(image)
        arm, where = ARMS[setting.arm], self._where if setting.alpha > 0 else ALL
        return Question(image, SteeringSpec(setting.neuron, setting.alpha, arm.keep_error, along=arm.along, where=where))
