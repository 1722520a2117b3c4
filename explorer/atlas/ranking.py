"""Which neurons are ranked by MS: those that fire on enough images.

The MS of a neuron that fires on two images is the cosine of those two. In a wide SAE many neurons fire on a few images only, and
some of these are alike by chance: of several SAEs, the one with the most such neurons would seem the best.
"""

LEAST_IMAGES = 16  # as many as a neuron's page and the study show
SMALL_SET = 500  # images; in a smaller set hardly any neuron fires on LEAST_IMAGES, so all that have an MS are ranked


def least_images(images: int) -> int:
    """The number of images that a neuron must fire on to be ranked, in a set of so many images."""
    return LEAST_IMAGES if images >= SMALL_SET else 0
