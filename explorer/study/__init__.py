"""The human study: which pairs are shown, what was answered, and how far people agree with MS (PAPER.md §4)."""
