"""What the Browse page says."""

R2 = "Share of the activations' variance that the SAE reproduces."
L0 = "Mean number of neurons that are active at once."
FIRES_ON = "A neuron that fires on very few images has an MS of those few alone; this leaves such neurons out."
DEAD = "Neurons that fire on no scored image; they have no MS."
BEST = "The best is of the neurons that fire on {least} images or more, the mean of all that have an MS."
FLOOR = "The floor is the mean cosine of two random images of the set: an MS says something from there up."
CURVE = "MS of every neuron that is ranked, the best at the left."
RANKED = "all {count} neurons that fire on {least} images or more, by rank"
LIVING = "all {count} living neurons by rank"
SORTS = {
    "ms": "Highest MS",
    "ms-low": "Lowest MS",
    "density": "Fires most often",
    "density-low": "Fires least often",
    "activation": "Strongest activation",
    "label": "Purest label",
    "steers": "Steers best",
    "id": "Number",
}
NO_MATCH = "No neuron matches"
NO_MATCH_WHY = "Nothing in this atlas fits all of these choices at once."
