"""What the Map page says."""

TITLE = "Map"
HOW = {
    "concepts": "Neurons whose images are alike lie near each other.",
    "directions": "Neurons whose directions are alike lie near each other.",
}
MADE = "{count} neurons, laid out by {method} on their {of}"
MADE_WHY = (
    "{method} keeps neighbours beside each other: {neighbours} of each neuron, seed {seed}. Distances between far groups and "
    "the axes mean nothing."
)
COLOURS = {
    "ms": "MS",
    "name": "Name",
    "level": "Level",
    "density": "How often it fires",
    "steer": "Steerability",
}
LEGENDS = {
    "ms": ("0", "1", "MonoSemanticity score by {similarity}: how alike the images are that a neuron fires on."),
    "density": (
        "1 in 100,000",
        "always",
        "Share of the scored images that a neuron fires on, each step ten times the one before.",
    ),
    "steer": ("never", "always", "Share of pictures on which a neuron, when raised, brings its word into a model's answer."),
    "level": ("coarsest", "finest", "Matryoshka level: level 0 holds the few neurons that must explain most."),
}
NAMES_LEGEND = "The commonest names. Grey: every other neuron."
KEYS = "Drag or arrow keys move, the wheel or + and − zoom, 0 shows all, Enter opens the neuron in the middle."
ARIA = "Map of {count} neurons. {keys} The regions are listed below."
LASSO = "Select an area"
IN_VIEW = "Browse what is in view"
REGIONS = "Regions"
REGIONS_WHY = "The commonest names on this map, each with the number of its neurons."
NO_REGIONS = "No three neurons of this atlas share a name: describe the atlas to name them."
NO_WEBGL = "This browser draws no WebGL, which the map needs. Browse shows the same neurons:"
NO_MAP = "This atlas has no map yet"
NO_MAP_WHY = "A map lays out the neurons so that those with similar images lie near each other. One command makes it:"
NO_MAP_HOW = "pip install -r requirements-map.txt\npython -m precompute project ATLAS"
FAILED = "The map could not be loaded. Reload the page, or browse the neurons:"
