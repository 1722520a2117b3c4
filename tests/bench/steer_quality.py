"""How well neurons steer: figures of `evaluate-steering` by the exact judge, and whether a page's first answers read well."""

import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from math import isnan
from pathlib import Path

import pandas as pd

from explorer.atlas.atlas import Atlas
from explorer.atlas.manifest import STEERS
from explorer.atlas.steerable import alpha_range, usual_where
from explorer.models.steering.spec import SteeringSpec
from explorer.models.steering.steerer import Asked, load_steerer
from explorer.models.vlm.sampling import Sampling
from explorer.operations.first_questions import first_image, usual_alpha
from explorer.operations.images import atlas_image
from explorer.ui.pages.steer.view import LENGTHS
from explorer.ui.pages.steer.words import PROMPTS
from precompute.naming.fluency import reads_well
from precompute.stages import evaluate_steering
from precompute.stages.evaluate_steering import EvaluateSteering, read_prompts

ARMS = {"both": "sae", "diffmean": "diff_mean", "random": "random"}  # ending of a key → arm
TOGETHER = 32


def quality(atlas: Atlas, vlm: str, neurons: int, prompts: int, work: Path) -> dict[str, object]:
    """Shares of answers that meet both criteria, at each arm's best strength, with intervals; answers are kept in `work`."""
    work.mkdir(parents=True, exist_ok=True)
    (work / "prompts.txt").write_text("\n".join(read_prompts(evaluate_steering.PROMPTS)[:prompts]) + "\n", encoding="utf-8")
    config = EvaluateSteering(atlas.directory, vlm, neurons=neurons, prompts=work / "prompts.txt", out=work / "tables")
    with redirect_stdout(sys.stderr):
        evaluate_steering.run(config)
    rates, choice = (pd.read_csv(work / "tables" / f"{name}.csv") for name in ("steering", "steering_choice"))
    return figures(rates, choice) | {"default_fluent": default_fluent(atlas, vlm)}


def figures(rates: pd.DataFrame, choice: pd.DataFrame) -> dict[str, object]:
    """The figures of the tables: `NAME`, and as `NAME_interval` its interval of 95 %; `NAME_matched` at equal strength."""
    found: dict[str, object] = {}
    for task in ("insertion", "suppression"):
        for ending, arm in ARMS.items():
            rows = rates[(rates["task"] == task) & (rates["arm"] == arm) & (rates["chosen"] == "steerability")]
            best, matched = (rows[rows["point"].str.contains(point)].iloc[0] for point in ("best", "matched"))
            found[f"{task}_{ending}"] = _rounded(best["both"])
            found[f"{task}_{ending}_interval"] = [_rounded(best["both_low"]), _rounded(best["both_high"])]
            found[f"{task}_{ending}_matched"] = _rounded(matched["both"])
    ahead = choice[(choice["task"] == "insertion") & (choice["at"] == "best")].iloc[0]
    found["steerability_beats_ms"] = _rounded(ahead["ahead"])
    found["steerability_beats_ms_interval"] = [_rounded(ahead["ahead_low"]), _rounded(ahead["ahead_high"])]
    return found


def default_fluent(atlas: Atlas, vlm: str) -> float | None:
    """Share of the neurons that steer whose first answer on the Steer page keeps the unsteered one's form and repeats nothing."""
    steers = atlas.neurons.index[atlas.neurons["steerability"] >= STEERS].tolist()
    steerer, key = load_steerer(atlas, vlm), first_image(atlas)
    load = atlas_image(atlas, key).load

    def texts(specs: Sequence[SteeringSpec | None]) -> list[str]:
        *_, said = steerer.together([Asked(key, load, spec) for spec in specs], PROMPTS[0], Sampling(LENGTHS[1]))
        return said

    reaches = [(neuron, reach) for neuron in steers if (reach := alpha_range(atlas, neuron)) is not None]
    patches = steerer.patches(usual_where(atlas))
    specs = [SteeringSpec(neuron, usual_alpha(reach), patches=patches) for neuron, reach in reaches]
    (unsteered,) = texts([None])
    said = [text for at in range(0, len(specs), TOGETHER) for text in texts(specs[at : at + TOGETHER])]
    return _rounded(sum(reads_well(text, unsteered) for text in said) / max(1, len(said)))


def _rounded(value: float) -> float | None:
    """None where it is unknown, as of too few neurons: JSON has no NaN."""
    return None if isnan(value) else round(float(value), 4)
