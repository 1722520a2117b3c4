"""Every sentence that visitors read and that is longer than a word or two."""

TAGLINE = "See, measure and steer the concepts inside vision-language models."

# What a number means: shown when a pointer rests on it.
MS = (
    "MonoSemanticity score: the mean similarity, as {similarity} sees it, of the images this neuron fires on, "
    "weighted by how strongly it fires. 1 = all alike, 0 = unrelated."
)
PERCENTILE = "This neuron's MS is at least that of {percent} % of the neurons that fire at all."
DENSITY = "Share of the {images} scored images on which this neuron fires."
LEVEL = "Matryoshka level: level 0 holds the few neurons that must explain most, later levels add detail."
ACTIVATION = "How strongly the neuron fires on this image, in the SAE's own unit."
STRONGEST = "The strongest activation over all scored images, in the SAE's own unit."
COSINE = "Cosine of the two neurons' decoder directions: 1 = the same direction."
COFIRING = "Of the images on which either neuron fires, the share on which both do."
LABEL = "{label} is the commonest label among its strongest images: {share} of them carry it."
R2 = "Share of the activations' variance that the SAE reproduces."
L0 = "Mean number of neurons that are active at once."
FIRES_ON = "A neuron that fires on very few images has an MS of those few alone; this leaves such neurons out."
DEAD = "Neurons that fire on no scored image; they have no MS."
MEAN_MS = "Mean MS over the neurons that fire at all."
CURVE = "MS of every living neuron, the best at the left."
HEAT = "The warmer, the more strongly the neuron fires on that part of the image."
BAND_NAMES = {"top": "strongest", "random": "any"}
BANDS = {"top": "The images on which the neuron fires most strongly."}
BAND = "Images around the {percent} % quantile of this neuron's activations."

SORTS = {
    "ms": "Highest MS",
    "ms-low": "Lowest MS",
    "density": "Fires most often",
    "density-low": "Fires least often",
    "activation": "Strongest activation",
    "label": "Purest label",
    "id": "Number",
}

STRENGTH = "How strongly it fires"

# What is not there, and why.
NO_ATLAS = "No atlas yet"
NO_ATLAS_WHY = "An atlas is made from a folder of images and a vision encoder. Three commands make one and show it:"
NO_ATLAS_HOW = (
    "make setup\n.venv/bin/python -m precompute atlas --images DIR --encoder ID --tap 22:cls --sae matryoshka "
    "--out atlases/NAME\nmake app"
)
NO_MATCH = "No neuron matches"
NO_MATCH_WHY = "Nothing in this atlas fits all of these choices at once."
UNKNOWN_ATLAS = "There is no atlas of that name here: choose one of those in the list above."
BAD_NEURON = "That is no neuron number: this atlas has neurons 0 to {last}."
DAMAGED = "Some atlases could not be opened"
DEAD_NEURON = (
    "This neuron is dead: it fired on none of the {images} scored images, so there are no images to show and it has no MS."
)
NO_SIMILAR = "None: this neuron has no neighbours on record."
NO_COFIRING = "None: no other neuron fires on the same images."
NO_ENCODER = (
    "This atlas was made from activations that were brought as a file: no encoder is known that could read a new picture. "
    "Choose another atlas."
)

# The Image page.
IMAGE_TITLE = "Which neurons see your picture?"
IMAGE_INTRO = "Drop, paste or photograph something. It is deleted within the hour and never becomes part of the atlas."
IMAGE_EXAMPLES = "or take one of the atlas's own"
IMAGE_LOADING = "Reading your picture. The first one takes a little longer: the encoder is being loaded."
IMAGE_NONE_FIRED = "No neuron fires on this picture."
IMAGE_FAILED = "The encoder could not read this picture. Try another one, or tell whoever runs this explorer."
IMAGE_HOVER = "Point at a neuron, or tap it, to see where it fires."
BAD_PICTURE = "This picture cannot be used: {reason}. Try another one."
UNKNOWN_EXAMPLE = "That example is not in this atlas: choose one of those shown."
