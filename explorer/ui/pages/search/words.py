"""What the Search page says."""

from explorer.operations.hits import Why

TITLE = "Search"
INTRO = "Type what a picture could show, give a picture, or #12 for neuron 12."
ONE = "{count} neuron for {asked}"
MANY = "{count} neurons for {asked}"
WORDS, NEURON, IMAGE, OWN = "“{text}”", "neuron {id}", "this picture", "your picture"
NAMES_ALONE = "This atlas has no text tower, so names and labels alone were searched, not pictures."
UNKNOWN = "The model behind this search was never taught {words}: without {it}, it looked for the rest."
UNKNOWN_ALL = "The model behind this search was never taught {words}, so names alone were searched."
NOTHING = "No neuron found"
NOTHING_WHY = "Nothing here is called so. Try one of these words, which neurons of this atlas are named by:"
LOADING = "Searching. The first search takes a little longer: the model is being loaded."
STEER = "Steer by these images"
STEER_WHY = (
    "As a concept of your own: not a neuron, but the way from the mean of other images to the mean of the strongest images "
    "of the first four neurons."
)
GROUPS: dict[Why, tuple[str, str]] = {  # heading, and what it means
    "name": ("Named so", "Their name or label says the words. Those come first whose images are nearest to the words as well."),
    "meaning": (
        "Their images look like it",
        "No name is needed: the mean of the images that a neuron fires on lies near the words, or the picture, for a model that "
        "embeds both.",
    ),
    "fires": ("Fire on it", "The atlas's encoder read the picture, and these neurons fire on it most strongly."),
    "direction": ("Nearest in direction", "By the cosine of the decoder rows: 1 = the SAE writes the same direction for both."),
    "images": ("Nearest by images", "By the cosine of the two mean images, as the first similarity encoder sees them."),
}
SCORES: dict[Why, str] = {
    "name": "",  # the card says how sure the name is
    "meaning": "nearness {score}",
    "fires": "activation {score}",
    "direction": "cosine {score}",
    "images": "cosine {score}",
}
