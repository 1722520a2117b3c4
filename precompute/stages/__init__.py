"""The stages from images to an atlas and its report, one file each; each has a settings dataclass and `run(config)`."""
