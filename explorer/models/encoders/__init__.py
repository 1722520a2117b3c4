"""Encoders of images and of texts, by Hub id or local directory, through transformers or open_clip."""
