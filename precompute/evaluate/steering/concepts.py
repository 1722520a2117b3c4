"""What neurons are about by their images, in words, and whether the word that a neuron steers to says so."""

from explorer.atlas.atlas import Atlas
from explorer.models.judges.judge import Answer, Judge
from explorer.operations.images import WHITE
from explorer.operations.names import neuron_names

OF_IMAGES = ("curator", "images", "label")  # sources of a name that tell of images; never the word that it was found to steer to


def concept_names(atlas: Atlas) -> dict[int, str]:
    """The first name of each neuron that comes from its images; neurons without one are left out."""
    named = {
        neuron: [name.name for name in neuron_names(atlas, neuron) if name.source in OF_IMAGES] for neuron in range(len(atlas))
    }
    return {neuron: names[0] for neuron, names in named.items() if names}


def fitting(atlas: Atlas, sets: dict[str, list[int]], judge: Judge) -> dict[str, list[int]]:
    """Of the most steerable neurons those whose word, by which they steer, says what the judge takes them to be about."""
    fits = [neuron for neuron in sets.get("steerability", []) if judge.concept(neuron) and _says(atlas, neuron, judge)]
    return {"steerability, word fits": fits} if fits else {}


def _says(atlas: Atlas, neuron: int, judge: Judge) -> bool:
    word = str(atlas.value("steers", neuron))
    return judge.says(neuron, [Answer(WHITE, "", word, word)])[0]
