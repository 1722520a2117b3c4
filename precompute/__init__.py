"""Monoscope's precompute: turns a folder of images and a vision encoder into an atlas."""
