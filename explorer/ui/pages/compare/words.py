"""What the Compare page says."""

from explorer.operations.compare import Measure

TITLE = "Compare"
INTRO = "Two atlases side by side: how monosemantic, how faithful, and which neurons are each other's counterparts."
NEURONS_TITLE = "Neurons side by side"
NEURONS_INTRO = "Put neurons into the compare tray by the + of any card; up to {most} are shown."
ONLY_ONE = "Only one atlas is open here, so there is nothing to compare it with. Neurons of it can still be put side by side."
UNKNOWN = "There is no atlas {name} here: choose another one."
MISSING = "Not here, and left out: {names}."
OTHER_E = "The MS of the two are by different similarity encoders, {left} and {right}: their heights cannot be compared."
OTHER_IMAGES = "The two atlases are of different images: {left} and {right}. What is rare in one may be common in the other."
CURVES = "MS by rank"
CURVES_WHY = "All ranked neurons, the best at the left; by {similarity}."
BEST, WORST = "Best neurons", "Worst neurons"
BEST_WHY = "First by the order of Browse: MS, of neurons that fire on enough images."
WORST_WHY = "Lowest MS of the neurons that fire on enough images."
COUNTERPARTS = "Counterparts"
COUNTERPARTS_WHY: dict[Measure, str] = {
    "images": "For the best neurons of {left}: the neuron of {right} whose top images overlap most (Jaccard index).",
    "concepts": "For the best neurons of {left}: the neuron of {right} whose images are most alike on average, under the same E.",
    "none": "The two atlases have neither images nor their first similarity encoder in common, so no counterparts can be told.",
}
SHARED, COSINE = "{share} of their top images shared", "cosine {score}"
NO_COUNTERPART = "no neuron shares a top image"
PICTURE = "The same picture, read by both"
PICTURE_WHY = "Choose one of these, or drop your own: the neurons of each atlas that fire on it most strongly."
READING = "Reading the picture. The first one takes a little longer: the encoders are being loaded."
ACTIVATION = "activation {value}"
NOT_READ = "{atlas} was made from brought activations: no encoder is known that could read a picture."
OVERLAP = "Shared top images"
OVERLAP_WHY = "Jaccard index of the sets of top images: 100 % where two neurons fire on the same ones."
FIGURES = {
    "Encoder": "The model being explained.",
    "Tap": "Where its activations were read: block and tokens.",
    "SAE": "Kind of the sparse autoencoder; none: the encoder's own dimensions.",
    "Neurons": "Width of the SAE.",
    "Images": "Number of images that the neurons were scored on.",
    "Best MS": "Of the neurons that fire on enough images.",
    "Mean MS": "Of all living neurons.",
    "Floor": "Mean cosine of two random images of the set: MS says something from there up.",
    "R²": "Share of the activations' variance that the SAE reproduces.",
    "L0": "Mean number of neurons that are active at once.",
    "Dead": "Neurons that fire on no scored image.",
    "Alike": "Pairs of neurons whose sets of top images overlap by more than half.",
}
