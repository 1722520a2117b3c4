"""How a model chooses the words of an answer, as data."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sampling:
    """How words are chosen."""

    length: int = 48
    """Tokens at most."""
    temperature: float = 0.0
    """0 takes the likeliest token each time; 1 draws by the model's own probabilities."""
    seed: int = 0
    """Of the draws."""
