"""What is tried: which neurons, how far each is raised and lowered, and on which images."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from explorer.atlas.atlas import Atlas
from explorer.atlas.query import Query
from explorer.atlas.steerable import alpha_range
from explorer.models.judges.judge import Answer, Judge
from precompute.evaluate.steering.answers import Answers, Setting

RAISED = (0.5, 0.75, 1.0, 1.5, 2.0)  # multiples of a neuron's usual α
LOWERED = (0.0, 0.25, 0.5, 1.0, 2.0)  # multiples of minus its strongest activation; 0 switches it off
MATCHED = 1.0  # the multiple at which arms are compared at equal strength
CANDIDATES = 4  # times as many images as are wanted are looked at, to find those that say a concept or do not


@dataclass(frozen=True)
class Plan:
    """The settings of an evaluation."""

    neurons: int
    prompts: tuple[str, ...]
    pictures: int  # with the concept, and as many unrelated ones, for suppression
    describe: str  # the prompt of suppression
    seed: int


def chosen(atlas: Atlas, plan: Plan) -> dict[str, list[int]]:
    """The neurons to try, by how they were chosen: the most steerable, half as many of the highest MS, and any at random.

    Those that everything is tried on come first: the most steerable, or where nobody has tried which steer, of the highest MS.
    All are living; those of the highest MS are ranked ones.
    """
    by_ms = atlas.page(Query(sort="ms", images=atlas.least_images, size=plan.neurons)).neurons
    alive = np.flatnonzero(atlas.neurons["max"].to_numpy() > 0)
    drawn = np.random.default_rng(plan.seed).permutation(alive)[: plan.neurons].tolist()
    if not atlas.steering_tried:
        return {"ms": by_ms, "random": drawn}
    steerable = atlas.page(Query(sort="steers", size=plan.neurons)).neurons
    return {"steerability": steerable, "ms": by_ms[: -(-plan.neurons // 2)], "random": drawn}


def strength(atlas: Atlas, neuron: int, task: str) -> float:
    """The α that the multiples of a task are of: where raising was found to read well, else the slider's upper end; lowering
    begins from the strongest activation."""
    reach = alpha_range(atlas, neuron)
    if reach is None:
        return 0.0
    return -reach.strongest if task == "suppression" else reach.reads_well or reach.high


class Images(NamedTuple):
    """Images to lower a neuron on."""

    with_it: list[str]  # whose unsteered description says the concept
    unrelated: list[str]  # whose description does not


def images_of(atlas: Atlas, neuron: int, plan: Plan, answers: Answers, judge: Judge) -> Images:
    """Images for suppression; as many of each kind as there are of the rarer.

    Those with the concept are taken from the neuron's weaker bands first: DiffMean's direction is made of its strongest images.
    """
    bands = {band: [top.image for top in atlas.top_images(neuron, 1024, band)] for band in atlas.bands(neuron)}
    fired = [image for band in reversed(bands) for image in bands[band]]
    others = sorted(set(atlas.images) - set(fired))
    drawn = np.random.default_rng((plan.seed, neuron)).choice(others, min(CANDIDATES * plan.pictures, len(others)), replace=False)
    with_it = _saying(True, list(dict.fromkeys(fired)), neuron, plan, answers, judge)
    unrelated = _saying(False, drawn.tolist(), neuron, plan, answers, judge)
    fewer = min(len(with_it), len(unrelated))
    return Images(with_it[:fewer], unrelated[:fewer])


def _saying(says: bool, images: list[str], neuron: int, plan: Plan, answers: Answers, judge: Judge) -> list[str]:
    """The first images whose unsteered description says the concept, or does not."""
    texts = answers.texts([Setting(image, plan.describe) for image in images])
    asked = [Answer(image, plan.describe, text, text) for image, text in zip(images, texts, strict=True)]
    return [image for image, said in zip(images, judge.says(neuron, asked), strict=True) if said == says][: plan.pictures]
