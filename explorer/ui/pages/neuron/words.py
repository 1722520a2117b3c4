"""What the Neuron page says."""

PERCENTILE = "This neuron's MS is at least that of {percent} % of the neurons that {those}."
RANKED = "fire on {least} images or more"
SCORED = "have an MS"
UNRANKED = "It fires on fewer than {least} images. The MS of so few tells of those alone, so it is not ranked among the others."
STRONGEST = "The strongest activation over all scored images, in the SAE's own unit."
COSINE = "Cosine of the two neurons' decoder directions: 1 = the same direction."
COFIRING = "Of the images on which either neuron fires, the share on which both do."
HEAT = "The warmer, the more strongly the neuron fires on that part of the image."
BAND_NAMES = {"top": "strongest", "random": "any"}
BANDS = {"top": "The images on which the neuron fires most strongly."}
BAND = "Images around the {percent} % quantile of this neuron's activations."
STRENGTH = "How strongly it fires"
DEAD_NEURON = (
    "This neuron is dead: it fired on none of the {images} scored images, so there are no images to show and it has no MS."
)
NO_SIMILAR = "None: this neuron has no neighbours on record."
NO_COFIRING = "None: no other neuron fires on the same images."
