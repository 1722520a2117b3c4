"""Report: the paper's tables for finished atlases, and the numbers that the paper published (PAPER.md §3)."""
