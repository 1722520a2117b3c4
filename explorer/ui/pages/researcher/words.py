"""What the researcher's page says."""

TITLE = "Studies"
WHY = "For whoever runs the studies. Create one in a terminal: python -m explorer.study create"
PASSWORD, ENTER = "Password", "Enter"
STUDY = "Study"
OPEN, PAUSE, CLOSE = "Open", "Pause", "Close"
CLOSE_WHY = "A closed study stays closed: its results are shown to all."
NONE = "There is no study yet."
PROGRESS = "{answers} answers by {participants} participants; {out} pairs are out or were left"
WANTED, UNBOUNDED = "{pairs} pairs, {each} answers each", "{pairs} pairs, as many answers as come"
COLUMNS = ("Study", "State", "Asked for", "So far", "Downloads")
DOWNLOADS = {"csv": "answers, CSV", "parquet": "answers, Parquet", "json": "plan, JSON"}
