"""What a study's answers say: how far people agree with MS, with intervals, and the paper's figures beside them (PAPER.md §4)."""
