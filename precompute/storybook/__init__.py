"""Storybook: a world of pictures that we draw ourselves, so that everything in them is known."""
