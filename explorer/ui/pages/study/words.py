"""What the Study page says; the question is the paper's, word for word (PAPER.md §4)."""

from markupsafe import Markup

QUESTION = "Which set of images looks more similar and focused on the same thing?"
TITLE = "Which neuron sees one thing?"
INTRO = (
    "You will see {total} pairs of image sets. Each set is the sixteen images that one neuron fires on most strongly. "
    "Choose the set that looks more focused on one thing; go by your first impression. It takes about five minutes, and you"
    " can stop at any time."
)
CONSENT = "What you agree to by starting"
PRACTICE = "It begins with {count} pairs to practise, which do not count."
OPEN_TO_ALL = (
    "This study is for trying out: its neurons can be looked at on the other pages, so its answers are no measure of anything. "
    "A study of your own is closed to the public while it runs."
)
START = "I agree, start"
CODE_LABEL = "Begun before, on another device? Your personal code"
GO_ON = "Go on"
NO_SUCH_CODE = "Nobody has begun this study with that code. Check it, or start anew."
LEFT, RIGHT = "Left set", "Right set"
ANSWER_BACK = "Answer the last pair again"
ANSWER_LEFT, ANSWER_RIGHT, ANSWER_NEITHER = "1 · Left", "2 · Right", "3 · Can't tell"
PROGRESS = "{done} of {total}"
PRACTISING = "Practice"
PRACTICE_RIGHT = "Yes: most people find that set more focused."
PRACTICE_WRONG = "Most people find the other set more focused: look for one thing that all its images share."
THANKS = "Thank you"
OWN = "All done. You chose the neuron with the higher MS in {share} % of the {count} pairs that you decided."
DONE = "All done. Your answers are kept."
COMPLETION = "Completion code"
OWN_NONE = "All done. You could not tell for any pair: that is an answer, too."
RESULTS = "Agreement so far"
NOT_YET = "Results are shown once the study has closed."
NOTHING_YET = "Nobody has answered yet. The first answer will show here."
BACK = "To the study"
MAJORITY, UNIFORM, SINGLE = "Pairs where most agree", "Every difference alike", "Single answers that agree"
MAJORITY_WHY = "Of {count} pairs, those where most chose the neuron with the higher MS; a tie counts half. With 95 % intervals."
UNIFORM_WHY = (
    "The mean over the bins of the chart, as if every difference in MS had been asked equally often. With 95 % intervals."
)
SINGLE_WHY = "One answer agrees less often than the majority of three, so it is no measure of the paper's figures."
ANSWERS = "Answers"
COUNTS = "{answers} by {participants} participants, {undecided} of them undecided"
PAPER = (
    "Dots: here, with 95 % intervals from resampling pairs and raters. Dotted line: the paper's majority of three, on 1,000 "
    "pairs of CLIP and SigLIP neurons on ImageNet: {asked} as they were asked; 82.8 % if every difference counts alike, or "
    "{uniform} from the rounded bins of its table. Other images and other people: not a measure of each other."
)
NO_PAIRS = "No pairs to compare"
NO_PAIRS_WHY = (
    "A study needs at least two living neurons that fire on sixteen images each, in atlases that share a similarity "
    "encoder; these atlases have none."
)
NOT_KEPT = "Your answer was not kept, so the pair stays."
FAILED = "The study cannot be shown at the moment; please come back later."


def results_link(study: str) -> Markup:
    """To the results of a study."""
    return Markup('<p><a class="action" href="study?results=1&study={}">{}</a></p>').format(study, RESULTS)


def personal_code(code: str) -> str:
    """What a new participant is told, once."""
    return f"To go on on another day or device, note your personal code: {code}"
