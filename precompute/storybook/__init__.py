"""Storybook: a world of images that are drawn by a program, so that everything in them is known."""
