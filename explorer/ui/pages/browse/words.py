"""What the Browse page says."""

# The first minute.
WELCOME = "Introduction"
WELCOME_NEURON = "A {neuron} inside {encoder} answers to one kind of image{shown}"
WELCOME_GLOWS = ". This one glows where it fires."
WELCOME_THESE = ": this one to these."
WELCOME_TERM = "neuron"
WELCOME_TERM_WHY = (
    "A sparse autoencoder rewrites what the encoder computes as a sum of few directions out of many. Each is a neuron here; "
    "how much of it an image has is its activation."
)
WELCOME_MS = "{ms} says how alike its {images} images are: 1 = all alike, 0 = unrelated."
WELCOME_RAISE = "Raise it inside {model}, and the model says {says}."
WELCOME_SAYS_WHY = "It brings this word into the answer, and takes it away when it is lowered, on {share} of the pictures tried."
WELCOME_LOOK = "Open it to see what else it fires on, or find one of your own below."
WELCOME_STEER = "Raise it"
WELCOME_PAGE = "All about {id}"
WELCOME_HIDE = "Hide the introduction"

# What an atlas was made from.
TAPS = {
    "cls": "after block {block} of the encoder, the vector of the class token: one for each image.",
    "mean": "after block {block} of the encoder, the mean of all patches: one vector for each image.",
    "patches": "after block {block} of the encoder, a vector for each patch: it is known where in an image a neuron fires.",
    "random": "after block {block} of the encoder, vectors of randomly chosen patches.",
    "projection": "at the encoder's output, its projection: one vector for each image, as it is compared with texts.",
}
TAP = "The tap is where activations are read: "
SAES = {
    "batchtopk": "A sparse autoencoder that keeps the strongest activations of a whole batch; each of its latents is a neuron.",
    "matryoshka": "A sparse autoencoder of nested groups: the first neurons explain what they can, further levels add detail.",
    "none": "No sparse autoencoder: the neurons are the encoder's own dimensions, for comparison.",
}
NEURONS = "{sae} of width {neurons} on vectors of {width} numbers."

R2 = "Share of the activations' variance that the SAE reproduces: 100 % = nothing is lost."
L0 = "Mean number of neurons that are active at once."
FIRES_ON = "A neuron that fires on very few images has an MS of those few alone; this leaves such neurons out."
DEAD = "Neurons that fire on no scored image; they have no MS."
MS_RANGE = "MonoSemanticity score: how alike the images are that a neuron fires on. 1 = all alike, 0 = unrelated."
DENSITIES = "Density: the share of the {images} scored images that a neuron fires on. Most good neurons fire on 0.1 % to 10 %."
SIMILARITY = "MS asks another model, the similarity encoder, how alike two images are. Each has its own view of that."
STEERABLE = (
    "Neurons that bring one word into a vision-language model's answers when they are raised, on half of the pictures tried."
)
NAMED = "Neurons whose name is sure: given by steering, by a word that clearly fits, or by a label that most of its images carry."
BEST = "The best is of the neurons that fire on {least} images or more, the mean of all that have an MS."
FLOOR = "The floor is the mean cosine of two random images of the set: an MS says something from there up."
CURVE = "MS of every neuron that is ranked, the best at the left."
RANKED = "all {count} neurons that fire on {least} images or more, by rank"
LIVING = "all {count} living neurons by rank"
SORTS = {
    "best": "Best first",
    "ms": "Highest MS",
    "ms-low": "Lowest MS",
    "steers": "Steers best",
    "density": "Fires most often",
    "density-low": "Fires least often",
    "fit": "Name fits best",
    "activation": "Strongest activation",
    "label": "Purest label",
    "id": "Number",
}
BEST_SHOWN = "best first: MS from {least} images or more"
BEST_SHOWN_ALL = "best first: highest MS"
BEST_FIRST = (
    "Sorted by MS, first the neurons that fire on {least} images or more: the MS of a few is high by chance. The others "
    "follow, those of most images first."
)
BEST_FIRST_ALL = "Sorted by MS. This set of images is small, so that every neuron with an MS counts."
TEXT = "Only neurons whose name, label or steered word contains this. The search above finds neurons by what their images show."
NO_MATCH = "No neuron matches"
NO_MATCH_WHY = "Nothing in this atlas fits all of these choices at once."

# Heads of the table.
COLUMNS = {
    "neuron": "Number of the neuron in its SAE.",
    "name": "What it is called, and where that name comes from.",
    "tiles": "The images that it fires on most strongly.",
    "images": "Number of the scored images that it fires on, and their share of all.",
    "level": "Matryoshka level: level 0 holds the few neurons that must explain most, later levels add detail.",
    "strongest": "Largest activation on any scored image, in the SAE's own unit.",
    "fit": "How well the best word of a vocabulary fits its images: 0 = as it fits the average image, 1 = as well as an image's "
    "own best word. Below {least} it gives no name.",
    "steers": "Share of pictures on which raising it brings its word into a vision-language model's answer, and lowering it "
    "stops that.",
}
AREA = "In an area of the map"
