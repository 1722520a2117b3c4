"""Models: encoders, taps, sparse autoencoders, vision-language models, and the neurons that activate for an image."""

from explorer.models.torchvision_ops import define_missing_operators

define_missing_operators()  # before any module here imports torchvision, transformers or open_clip
