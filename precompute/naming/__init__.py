"""Names for neurons: from the images that they fire on, and from what a model says when they are raised."""
