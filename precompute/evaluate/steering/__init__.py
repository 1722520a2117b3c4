"""Whether steering does what it should: insertion and suppression by the paper's two criteria (PAPER.md §5), beside controls."""
