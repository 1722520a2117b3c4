"""Steering: an atlas's SAE inside a vision-language model, one neuron set to a chosen value."""
