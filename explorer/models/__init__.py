"""What vision-language models are made of here: encoders, taps, sparse autoencoders, and what fires for an image."""
