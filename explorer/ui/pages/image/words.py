"""What the Image page says."""

TITLE = "Which neurons see your picture?"
INTRO = "Drop, paste or photograph something. It is deleted within the hour and never becomes part of the atlas."
EXAMPLES = "or take one of the atlas's own"
SECOND_EXAMPLES = "or compare with one of the atlas's own"
LOADING = "Reading your picture. The first one takes a little longer: the encoder is being loaded."
NONE_FIRED = "No neuron fires on this picture."
NONE_FIRED_THERE = "No neuron fires in this region."

# The picture.
PICTURE = "The picture that is read"
PLACES = ("First picture", "Second picture")
HOVER = "Point at a neuron to see where it fires; its ◎ keeps the heat-map."
BRUSH = "Click or brush over the picture for the neurons of that region."
BRUSH_LABEL = "Patches of the picture. Arrow keys move, Space chooses, Escape lets all go."
NO_PATCHES = (
    "This atlas reads the whole picture as one vector, so it cannot tell where a neuron fires, or list those of a region."
)
ELSEWHERE = "{name} can."
ANOTHER = "Another picture"
SECOND = "Compare with a second one"
ALONE = "Only the first picture"

# The neurons.
ORDERS = {"strongest": "strongest first", "unusual": "most unusual first"}
ORDER = (
    "By activation, or by how unusual that is for the neuron: on how many of its images it fires less strongly. By the latter, "
    "neurons of few images come last."
)
REGION = "Neurons of {chosen} of {all} patches"
ALL = "Neurons of all {all} patches"
WHOLE = "The whole picture"
STRONGER = "stronger than on {share} of its {images} images"
STRONGEST = "stronger than on any of its {images} images"
ITS_IMAGES = "Its images are those of the atlas that it fires on."
NEVER = "fires on no image of the atlas"
PIN = "Keep this heat-map on the picture"
KINDS = ("On both pictures", "Only on the first", "Only on the second")
KIND_NONE = "None."

# What the SAE misses.
MISSED = "What the SAE misses"
MISSED_OF = "{share}, R² {r2}"
MISSED_WHAT = (
    "Of what the encoder makes of the picture, the share that the SAE's neurons do not reproduce: squared error over squared "
    "distance from the SAE's bias. The rest is R²."
)
HEAT_SAYS = "{id} {name}: full colour is an activation of {peak}"
MISSED_SAYS = "What the SAE misses: full colour is {peak} of a patch"
