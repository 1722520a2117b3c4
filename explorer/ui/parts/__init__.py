"""Parts that several pages show; what one page alone shows is in its own folder."""
