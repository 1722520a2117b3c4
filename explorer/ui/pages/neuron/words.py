"""What the Neuron page says."""

RANK = "{place} of {among} neurons that {those}, by MS; its MS is at least that of {percent} % of them."
RANKED = "fire on {least} images or more"
SCORED = "have an MS"
UNRANKED = "It fires on fewer than {least} images. The MS of so few tells of those alone, so it is not ranked among the others."
FIRES = "{fires} of the {images} scored images."
FROM = "MS compares the images that the neuron fires on with each other, so it is as sure as they are many."
STRONGEST = "The strongest activation over all scored images, in the SAE's own unit."

HEAT = "The warmer, the more strongly the neuron fires on that part of the image. The slider sets how opaque that is."
BAND_NAMES = {"top": "strongest", "random": "random"}
BANDS = {
    "top": "The images on which the neuron fires most strongly.",
    "random": "Images drawn at random from all on which the neuron fires.",
}
BAND = "Images around the {percent} % quantile of this neuron's activations."
DEAD_NEURON = (
    "This neuron is dead: it fired on none of the {images} scored images, so there are no images to show and it has no MS."
)

STRENGTH = "How strongly it fires"
STRENGTH_WHY = "Of the images that it fires on, how many per half octave of activation, in the SAE's own unit."
NAMES = "Names"
NAMES_WHY = "The first of them is shown everywhere, unless you give one of your own."
SOURCES = {
    "curator": "by {by}",
    "steering": "what raising it says, {score}",
    "images": "fits its images, {score}",
    "label": "label of {score} of its images",
    "mixed label": "its commonest label",
    "none": "nothing to go by",
}
YOURS = "Your own"
YOURS_PLACE = "What would you call it?"
YOURS_WHERE = "Kept in this browser alone."
SAYS = "What raising it says"
SAYS_WHY = (
    "Set to {alpha} {where}, this neuron brings these words into the answers of {model} to “{prompt}”, on so many of "
    "{pictures} pictures whose answers lack them otherwise."
)
PLACES = {"middle": "on the patches of the middle", "all": "on every patch"}
SAYS_NOTHING = "Nothing in particular: raising it brings no word into the answers."

NEAREST = "Nearest in direction"
COSINE = "Cosine of the two neurons' decoder directions: 1 = the same direction."
BY_IMAGES = "Nearest by images"
IMAGES_COSINE = "Cosine of the mean embeddings of the two neurons' images, as {similarity} sees them: 1 = the same mean image."
COFIRES = "Fire together"
COFIRING = "Of the images on which either neuron fires, the share on which both do."
NO_SIMILAR = "None: this neuron has no neighbours on record."
NO_BY_IMAGES = "None: this neuron has no images."
NO_COFIRING = "None: no other neuron fires on the same images."
SAME = "near-duplicate"
SAME_WHY = (
    "Nearly the same neuron: the cosine of the directions is {direction} or more, or both fire on more than {images} of the "
    "images on which either does."
)
SAME_AS = "Near-duplicate of"
SAME_COSINE = "cosine {}"
SAME_SHARED = "{} of images shared"
