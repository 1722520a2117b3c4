"""Judges: whether a steered answer has its neuron's concept, and whether it still does what was asked."""
