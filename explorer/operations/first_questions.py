"""What is asked first: the neurons to begin steering with, how far each is raised, and pictures to ask about."""

from collections.abc import Iterator
from dataclasses import replace

from explorer.atlas.atlas import Atlas
from explorer.atlas.query import Query
from explorer.atlas.steerable import AlphaRange, alpha_range, can_steer, usual_where
from explorer.operations.images import WHITE
from explorer.operations.steer import Steering

SUGGESTED = 6  # neurons
EXAMPLES = 6  # pictures


def first_questions(atlas: Atlas) -> Iterator[tuple[str, Steering]]:
    """The hash of a picture and what is asked of it, for each suggested neuron and example: what a visitor finds set."""
    if not can_steer(atlas):
        return
    for neuron in suggested(atlas):
        reach = alpha_range(atlas, neuron)
        if reach is not None:
            alpha = on_step(usual_alpha(reach), reach)
            yield from ((image, Steering(neuron, alpha, where=usual_where(atlas))) for image in best_images(atlas))


def usual_alpha(reach: AlphaRange) -> float:
    """Where the slider stands first: the strongest α that was found to read well, or the neuron's strongest activation."""
    return reach.strongest if reach.reads_well is None else reach.reads_well


def on_step(alpha: float, reach: AlphaRange) -> float:
    """The nearest value that the slider can stand on."""
    step = round(min(max(alpha, reach.low), reach.high) / reach.step)
    return float(f"{step * reach.step:.6g}")


def suggested(atlas: Atlas) -> list[int]:
    """Neurons to begin with: those that steer best where that was tried, of the ones that are ranked; else of the highest MS."""
    best = Query(size=SUGGESTED)
    if atlas.steering_tried and (found := atlas.page(replace(best, sort="steers", images=atlas.least_images)).neurons):
        return found
    return atlas.page(best).neurons


def first_image(atlas: Atlas) -> str:
    """The best of them by its hash; the plain one where there is none."""
    return next(iter(best_images(atlas)), WHITE)


def best_images(atlas: Atlas) -> list[str]:
    """The strongest image of some of the most monosemantic neurons, no image twice."""
    best = atlas.page(Query(size=4 * EXAMPLES)).neurons
    images = (top.image for neuron in best for top in atlas.top_images(neuron, 1))
    return list(dict.fromkeys(images))[:EXAMPLES]
