"""What the Steer page says."""

TITLE = "Turn one neuron up, or down"
INTRO = "The model answers a prompt about a picture: as it is, and with one neuron set to α on every patch of what it sees."
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
OTHERS = "or"
OFF = "off"
IMAGES = "Choose a picture, or bring your own below"
WHITE = "Plain white"
ALPHA = (
    "The neuron's activation on every patch, in the SAE's own unit, and as a multiple of its strongest on any scored image. "
    "0 switches it off, below 0 suppresses it."
)
FIRST_TOKEN = "Time from setting the neuron to the first steered word, on the explorer's machine."
TEMPERATURE = "0 takes the likeliest word each time; 1 draws by the model's own probabilities."
SEED = "Of the draws, where the temperature is above 0: the same seed gives the same text."
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
