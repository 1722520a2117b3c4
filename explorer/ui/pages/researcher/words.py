"""What the researcher's page says."""

TITLE = "Studies"
WHY = "For whoever runs the studies: create one, open, pause and close it, and take its answers out."
PASSWORD, ENTER = "Password", "Enter"
SIGN_IN = "Sign in with Hugging Face"
STUDY = "Study"
OPEN, PAUSE, CLOSE = "Open", "Pause", "Close"
CLOSE_WHY = (
    "While a blind study is open or paused, nobody is shown its atlases and others of the same images. A closed study stays "
    "closed: its results are shown to all."
)
NONE = "There is no study yet."
PROGRESS = "{answers} answers by {participants} participants; {out} pairs are out or were left"
WANTED, UNBOUNDED = "{pairs} pairs, {each} answers each", "{pairs} pairs, as many answers as come"
COLUMNS = ("Study", "State", "Asked for", "So far", "Downloads")
DOWNLOADS = {"csv": "answers, CSV", "parquet": "answers, Parquet", "json": "plan, JSON"}
NEW = "A new study"
NAME, ATLASES = "Name (small letters, digits, hyphens)", "Atlases, separated by commas (empty: all)"
FIELDS = {
    "pairs": "Pairs",
    "answers": "Answers a pair",
    "each": "Pairs a participant, at most",
    "gold": "Gold pairs",
    "practice": "Practice pairs",
    "repeats": "Repeated pairs",
    "seed": "Seed",
    "neither": "Offer “can't tell”",
    "back": "The last pair can be answered anew",
    "blind": "Blind: atlases and results are closed to the public while it runs",
}
PREVIEW, CREATE = "Preview", "Create as a draft"
CREATED = "{name} is a draft of {pairs} pairs: open it above when you are ready."
DRAWN = "{pairs} pairs would be asked ({all} with gold and practice); the first {shown} are shown with some of their pictures."
POWER_COLUMNS = ("|ΔMS|", "Pairs", "Expected agreement (the paper's)", "Width of the 95 % interval, points")
PAIR_COLUMNS = ("Kind", "|ΔMS|", "First", "Second")
NEURON = "#{neuron:04d} of {atlas}, MS {ms:.2f}"
