"""Scoring: accumulators with `update`, `merge` and `result`, and the one pass over the images that updates them."""
