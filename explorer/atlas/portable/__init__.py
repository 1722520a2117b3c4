"""Atlases on the move: what one consists of, how it gets into place whole or not at all, and how it comes from the Hub."""
