"""What the Steer page says."""

TITLE = "Turn one neuron up, or down"
INTRO = "The model answers a prompt about a picture: as it is, and with one neuron set to α on the patches of what it sees."
PROMPTS = (
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
CONCEPT = "A concept of your own, made by hand"
CONCEPT_WHY = (
    "No neuron of the SAE: what the model sees moves along the way from the mean of other images to the mean of these "
    "(DiffMean). α counts such ways. The link keeps it."
)
UNNAMED = "these images"
MAKE = "a concept of your own"
NO_SUCH_CONCEPT = "An image of this concept is not one of this atlas: find images of this atlas by a search, and steer by these."
OTHERS = "or"
OFF = "off"
IMAGES = "Choose a picture, or bring your own below"
WHITE = "Plain white"
ALPHA = (
    "The neuron's activation where it is set, in the SAE's own unit, and as a multiple of its strongest on any scored image. "
    "0 switches it off, below 0 suppresses it."
)
FIRST_TOKEN = "Time from setting α to the first steered word, on the explorer's machine."
TEMPERATURE = "0 takes the likeliest word each time; 1 draws by the model's own probabilities."
SEED = "Of the draws, where the temperature is above 0: the same seed gives the same text."
WHERE = "Where"
PLACES = {"middle": "the middle", "all": "everywhere"}
WHERE_WHY = (
    "The patches that are changed: everywhere, as in the paper, or all but a rim of an eighth of the side. The rim "
    "keeps what the picture is of, so that answers read well more often; to take a thing away, everywhere works better."
)
KEEP_ERROR = "Keep the SAE's error"
KEEP_ERROR_WHY = (
    "What the SAE does not reproduce is added back, so that only this neuron changes. The paper leaves it out: then the model "
    "sees the SAE's reconstruction, which changes some answers by itself."
)
CONTROLS = "Compare with other directions"
CONTROLS_WHY = "The same push along two other directions: towards the mean of the neuron's images (DiffMean), and a random one."
STRIP_SWITCH = "Seven values of α at once"
STRIP = "At seven values of α"
STRIP_WHY = "The answers over the whole range of the slider, generated together."
GOOD = "{times} reads well"
RECONSTRUCTED = "Reconstruction alone"
RECONSTRUCTED_WHY = "Nothing is set: what differs from the unsteered answer here is the SAE's doing, not the neuron's."
DIFF_MEAN = "DiffMean, as far"
DIFF_MEAN_WHY = "Every patch is moved as far, from the mean of other images towards the mean of the neuron's sixteen."
RANDOM = "A random direction, as far"
RANDOM_WHY = "Every patch is moved as far along a direction that means nothing."
SAYS = {True: "says {concept}", False: "does not say {concept}"}
SHOWS = {True: "what its images show", False: "not what its images show"}
FOLLOWED = {True: "prompt followed", False: "prompt not followed", None: "prompt not judged"}
BY_GRAMMAR = "by the built-in world's grammar, for certain"
BY_TOWER = "by a text tower: nearer to its images than to those of {share} of the other neurons"
VERDICT_WHY = (
    "What the neuron is about comes from its strongest images. The built-in world's grammar reads any answer, and knows the form "
    "that the prompts of this page ask for; whether any other prompt was followed it cannot tell. A text tower finds the concept "
    "where an answer is nearer to the neuron's images than to those of 95 % of the other neurons; of prompts it can tell nothing."
)
NO_VERDICT = (
    "Nobody here can judge these answers: the atlas has no text tower, or memory does not hold it beside the model that "
    "answered, or nothing is known of what is steered by."
)
NO_VERDICT_CONCEPT = "A concept of your own is not judged: verdicts are on what a neuron's images have in common."
COPY_ANSWER = "Copy link to this answer"
JSON_WHY = "The answers, their verdicts, and all that decides them, as a file."
UNMOVED = "This changes nothing: on each of these patches the neuron has that value already."
UNMOVED_CONCEPT = "This changes nothing: at 0 no patch moves."
SILENT = "It says nothing."
LOADING = "Loading the vision-language model; the first answer takes a little longer."
OTHER_WEIGHTS = (
    "Steered with other weights than the atlas was made from: {model} does not see the atlas's pictures as {encoder} did, so a "
    "neuron may do something else than its images promise."
)
UNKNOWN_WORDS = "{model} does not know {words}: it reads a blank there."
AGAIN = "Choose another neuron"
NOT_HERE = "Nothing to steer here"
WITH = "Steer with {atlas}"
MAKE_ATLAS_HOW = (
    ".venv/bin/python -m precompute atlas --images DIR --encoder ID --tap 22:patches --sae matryoshka --out atlases/NAME"
)
NO_MODEL = "No vision-language model is set, so there is nothing whose words a neuron could change. Name one of LLaVA's kind:"
NO_MODEL_HOW = "MONOSCOPE_VLM=llava-hf/llava-1.5-7b-hf make app"
