"""Sparse autoencoders: their shape, what they compute, their files, and those of other libraries."""

from explorer.models.sae.autoencoder import SparseAutoencoder
from explorer.models.sae.config import SaeConfig, sae_config

__all__ = ["SaeConfig", "SparseAutoencoder", "sae_config"]
