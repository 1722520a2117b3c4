"""Sentences that visitors read and that more than one page, or none, says; a page's own are in its `words.py`."""

TAGLINE = "See, measure and steer the concepts inside vision-language models."

# What a number means: shown when a pointer rests on it.
MS = (
    "MonoSemanticity score: the mean similarity, as {similarity} sees it, of the images this neuron fires on, "
    "weighted by how strongly it fires. 1 = all alike, 0 = unrelated."
)
FLOOR = "Two random images of this set have a mean cosine of {floor} under {similarity}; this neuron's images are {lift}."
DENSITY = "Share of the {images} scored images on which this neuron fires."
LEVEL = "Matryoshka level: level 0 holds the few neurons that must explain most, later levels add detail."
FROM_IMAGES = "MS of {images} images: those that it fires on, {share} of the {all} scored ones."
ACTIVATION = "How strongly the neuron fires on this image, in the SAE's own unit."
LABEL = "{label} is the commonest label among its strongest images: {share} of them carry it."
NAMED = (
    "Of {words} words, “{name}” fits its strongest images best. Fit {score}: 0 = as it fits the average image, 1 = as well as an "
    "image's own best word, held against random sets of as many images ({model})."
)
CURATED = "“{name}” is the name that {by} gave it."
STEERS = 'Raised, it makes a vision-language model say "{word}", and lowered it stops that: on {share} of the pictures tried.'

# Kinds of sparse autoencoders.
SAE_KINDS = {
    "batchtopk": "BatchTopK SAE",
    "matryoshka": "Matryoshka SAE",
    "topk": "TopK SAE",
    "relu": "ReLU SAE",
    "none": "no SAE",
}

# An atlas whose images want a word first.
NOTE = "Before you look at its images"
NOTE_OF = "Some are of the atlas {atlas}:"
NOTE_HIDES = "Its images have a note: {note}"
NOTE_AGREE = "Show them"
NOTE_ABOUT = "Leave, and read about this explorer"

# What is not there, and why.
NO_ATLAS = "No atlas yet"
NO_ATLAS_WHY = "An atlas is made from a folder of images and a vision encoder. Three commands make one and show it:"
NO_ATLAS_HOW = (
    "make setup\n.venv/bin/python -m precompute atlas --images DIR --encoder ID --tap 22:cls --sae matryoshka "
    "--out atlases/NAME\nmake app"
)
UNKNOWN_ATLAS = "There is no atlas of that name here: choose one of those in the list above."
BAD_NEURON = "That is no neuron number: this atlas has neurons 0 to {last}."
DAMAGED = "Not everything here could be opened"

# What a request cannot have. Nothing here tells what lies on the host.
FAILED = "Something went wrong here, and it has been noted. Try again, or tell whoever runs this explorer."
NO_SUCH_PAGE = "There is nothing at this address."
BAD_CALL = "This is no call that a page of this explorer makes."
BODY_TOO_LARGE = "This request is larger than anything a page of this explorer sends."
FOREIGN_SITE = "Calls from pages of other sites are not answered: open the explorer itself."
TOO_MANY_JOBS = "Too many answers are waited for from here: wait for one of them, then try again."
PROMPT_TOO_LONG = "The prompt is longer than the {longest} characters that are taken: shorten it."
JOB_TOO_LONG = "This took longer than the {seconds} seconds that one answer may take. Try something shorter."
ASK_AGAIN = "The line was silent for too long, so this answer was given up. Ask again."
STOPPING = "The explorer is being restarted. Reload the page in a moment."
NO_UPLOAD = "This is no picture that was uploaded here within the last hour: upload it again."
BAD_ARGUMENT = "{name} cannot be used: {reason}."
ASK_UNKNOWN_ATLAS = "There is no atlas of that name here: the question atlases lists them."
ASK_ONE_IMAGE = "Give one picture: either one of your own, or example, the content hash of one of the atlas's images."
ASK_ONE_SEARCH = "Give one thing to search by: text, neuron, example, or a picture of your own."
ASK_ONE_CONCEPT = "Give one thing that says what the concept is: word, or concept, the content hashes of images of the atlas."
ASK_NEURONS = "neurons cannot be used: write ATLAS:NUMBER, with a comma between two."
ASK_OTHER = "Give other, the name of the atlas to compare with, or neurons."
ASK_UNKNOWN_EXAMPLE = "The atlas has no such example: take the content hash of an image that neuron gives."
ASK_NO_MODEL = "No vision-language model is set here, so there is nothing to steer."
BAD_MESSAGE = "This is no message of the Model Context Protocol."
ASK_UNKNOWN_TOOL = "There is no tool of that name: ask for the list of tools."
ASK_BASE64 = "image is no base64 of a picture file; paths and addresses are not opened."
ASK_LESS_ALPHA = "alpha is out of range: choose a number from −{most} to {most}."
UPLOAD_TOO_LARGE = "This picture is larger than the {largest} MB accepted: send a smaller one."
UPLOADS_OF_ONE_FULL = "So many pictures came from you within the hour that no more can be kept: try again later."
UPLOADS_OF_ALL_FULL = "So many pictures came within the hour that no more can be kept: try again later."

# Pictures that come in.
BAD_PICTURE = "This picture cannot be used: {reason}. Try another one."
FOREIGN = (
    "This picture is outside this model's world: its colours are unlike those of any picture the atlas was made from, so what "
    "follows says little about what is really in it."
)
UNKNOWN_EXAMPLE = "That example is not in this atlas: choose one of those shown."
NO_STUDY_PICTURE = "There is no such picture in this study."
NO_ENCODER = (
    "This atlas was made from activations that were brought as a file: no encoder is known that could read a new picture. "
    "Choose another atlas."
)
STEER_DEAD = "Neuron {neuron} is dead: it fires on no image, so there is nothing to turn up or down; choose another one."
STEER_CLOSED = "Whoever runs this explorer has closed this atlas to steering: choose another one."
STEER_NOT_THIS_ATLAS = (
    "Steering needs an SAE on patch tokens, for those are what a vision-language model reads; this atlas's neurons were read "
    "elsewhere."
)
