"""Sharing: atlases as one file or on the Hub, and Spaces that show them."""
