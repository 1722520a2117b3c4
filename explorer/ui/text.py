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
NAMED = "Of {words} words, “{name}” fits its images best, and better than it fits other neurons' (soft WPMI {score}, {model})."
STEERS = 'Raised, it makes a vision-language model say "{word}", and lowered it stops that: on {share} of the pictures tried.'
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
    "steers": "Steers best",
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

# What a request cannot have. Nothing here tells what lies on the host.
FAILED = "Something went wrong here, and it has been noted. Try again, or tell whoever runs this explorer."
NO_SUCH_PAGE = "There is nothing at this address."
BAD_CALL = "This is no call that a page of this explorer makes."
BODY_TOO_LARGE = "This request is larger than anything a page of this explorer sends."
FOREIGN_SITE = "Calls from pages of other sites are not answered: open the explorer itself."
TOO_MANY_JOBS = "Too many answers are waited for from here: wait for one of them, then try again."
JOB_TOO_LONG = "This took longer than the {seconds} seconds that one answer may take. Try something shorter."
ASK_AGAIN = "The line was silent for too long, so this answer was given up. Ask again."
STOPPING = "The explorer is being restarted. Reload the page in a moment."
NO_UPLOAD = "This is no picture that was uploaded here within the last hour: upload it again."
UPLOAD_TOO_LARGE = "This picture is larger than the {largest} MB accepted: send a smaller one."
UPLOADS_OF_ONE_FULL = "So many pictures came from you within the hour that no more can be kept: try again later."
UPLOADS_OF_ALL_FULL = "So many pictures came within the hour that no more can be kept: try again later."

# The Image page.
IMAGE_TITLE = "Which neurons see your picture?"
IMAGE_INTRO = "Drop, paste or photograph something. It is deleted within the hour and never becomes part of the atlas."
IMAGE_EXAMPLES = "or take one of the atlas's own"
IMAGE_LOADING = "Reading your picture. The first one takes a little longer: the encoder is being loaded."
IMAGE_NONE_FIRED = "No neuron fires on this picture."
IMAGE_HOVER = "Point at a neuron, or tap it, to see where it fires."
BAD_PICTURE = "This picture cannot be used: {reason}. Try another one."
FOREIGN = (
    "This picture is outside this model's world: its colours are unlike those of any picture the atlas was made from, so what "
    "follows says little about what is really in it."
)
UNKNOWN_EXAMPLE = "That example is not in this atlas: choose one of those shown."

# The Steer page.
STEER_TITLE = "Turn one neuron up, or down"
STEER_INTRO = "The model answers a prompt about a picture: as it is, and with one neuron set to α on every patch of what it sees."
STEER_PROMPTS = (
    "describe the image.",
    "what is shown on the image? use exactly one word.",
    "write me a short love poem.",
    "give me a title for a scientific article.",
    "write a to do list with four items.",
    "write a rap song with two verses.",
    "write a math word problem.",
    "write an encyclopedia paragraph.",
    "invent a new holiday.",
    "write a short dialogue.",
    "write a newspaper headline and first paragraph.",
    "give me a conversation starter for a party.",
)
STEER_OTHERS = "or"
STEER_OFF = "off"
STEER_PICTURES = "Choose a picture, or bring your own below"
STEER_WHITE = "Plain white"
STEER_ALPHA = (
    "The neuron's activation on every patch, in the SAE's own unit, and as a multiple of its strongest on any scored image. "
    "0 switches it off, below 0 suppresses it."
)
STEER_FIRST_TOKEN = "Time from setting the neuron to the first steered word, on the explorer's machine."
STEER_TEMPERATURE = "0 takes the likeliest word each time; 1 draws by the model's own probabilities."
STEER_SEED = "Of the draws, where the temperature is above 0: the same seed gives the same text."
STEER_SILENT = "It says nothing."
STEER_LOADING = "Loading the vision-language model; the first answer takes a little longer."
STEER_DEAD = "Neuron {neuron} is dead: it fires on no image, so there is nothing to turn up or down; choose another one."
STEER_OTHER_WEIGHTS = (
    "Steered with other weights than the atlas was made from: {model} does not see the atlas's pictures as {encoder} did, so a "
    "neuron may do something else than its images promise."
)
STEER_UNKNOWN_WORDS = "{model} does not know {words}: it reads a blank there."
STEER_AGAIN = "Choose another neuron"
STEER_NOT_HERE = "Nothing to steer here"
STEER_NOT_THIS_ATLAS = (
    "Steering needs an SAE on patch tokens, for those are what a vision-language model reads; this atlas's neurons were read "
    "elsewhere."
)
STEER_WITH = "Steer with {atlas}"
STEER_MAKE_ATLAS_HOW = (
    ".venv/bin/python -m precompute atlas --images DIR --encoder ID --tap 22:patches --sae matryoshka --out atlases/NAME"
)
STEER_NO_MODEL = (
    "No vision-language model is set, so there is nothing whose words a neuron could change. Name one of LLaVA's kind:"
)
STEER_NO_MODEL_HOW = "MONOSCOPE_VLM=llava-hf/llava-1.5-7b-hf make app"

# The Study page. The question is the paper's, word for word (PAPER.md §4).
STUDY_QUESTION = "Which set of images looks more similar and focused on the same thing?"
STUDY_TITLE = "Which neuron sees one thing?"
STUDY_INTRO = (
    "You will see {total} pairs of image sets. Each set is the sixteen images that one neuron fires on most strongly. "
    "Choose the set that looks more focused on one thing; go by your first impression. It takes about five minutes, and you"
    " can stop at any time."
)
STUDY_KEPT = (
    "What is kept: which set you choose, how long you look, and a random name that your browser remembers so that you can "
    "go on later. Nothing about you."
)
STUDY_START = "Start"
STUDY_LEFT, STUDY_RIGHT = "Left set", "Right set"
STUDY_ANSWER_LEFT, STUDY_ANSWER_RIGHT, STUDY_ANSWER_NEITHER = "1 · Left", "2 · Right", "3 · Can't tell"
STUDY_PROGRESS = "{done} of {total}"
STUDY_THANKS = "Thank you"
STUDY_OWN = "All done. You chose the neuron with the higher MS in {share} % of the {count} pairs that you decided."
STUDY_OWN_NONE = "All done. You could not tell for any pair: that is an answer, too."
STUDY_RESULTS = "Agreement so far"
STUDY_NOTHING_YET = "Nobody has answered yet. The first answer will show here."
STUDY_BACK = "To the study"
STUDY_AGREE = "Answers that choose the higher MS"
STUDY_UNIFORM = "The same, every difference in MS counting alike"
STUDY_MAJORITY = "Pairs where most do"
STUDY_ANSWERS = "Answers"
STUDY_COUNTS = "{answers} by {participants} participants, {undecided} of them undecided"
STUDY_PAPER = (
    "Dots: here, with 95 % intervals. Dotted line: the paper's study of 1,000 pairs of CLIP and SigLIP neurons on ImageNet,"
    " where 82.8 % agreed if every difference counts alike, 77.9 % as they were asked. Other images and other people: not a"
    " measure of each other."
)
STUDY_NO_PAIRS = "No pairs to compare"
STUDY_NO_PAIRS_WHY = (
    "A study needs at least two living neurons that fire on sixteen images each, in atlases that share a similarity "
    "encoder; these atlases have none."
)
STUDY_NOT_KEPT = "Your answer was not kept, so the pair stays."
STUDY_FAILED = "The study cannot be shown at the moment; please come back later."
STUDY_NO_PICTURE = "There is no such picture in this study."
