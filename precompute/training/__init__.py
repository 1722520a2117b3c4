"""Training of sparse autoencoders: objectives, the trainer and its checkpoint."""
