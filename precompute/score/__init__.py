"""Accumulators that score neurons in one pass over the images; each has `update`, `merge` and `result`."""
