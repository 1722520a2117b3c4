"""Evaluation of finished atlases, from the atlases alone."""
