"""An invertible hash: numbers below 2³² to numbers below 2³², one to one."""

from jaxtyping import Int
from torch import Tensor

MASK = 2**32 - 1
FACTORS = (0x85EBCA6B, 0xC2B2AE35)  # murmur3's finaliser, https://github.com/aappleby/smhasher
INVERSES = tuple(pow(factor, -1, 2**32) for factor in FACTORS)


def mix(numbers: Int[Tensor, " n"]) -> Int[Tensor, " n"]:
    """Hash numbers below 2³² to pseudo-random numbers below 2³²; int64."""
    mixed = numbers ^ (numbers >> 16)
    mixed = (mixed * FACTORS[0]) & MASK
    mixed = mixed ^ (mixed >> 13)
    mixed = (mixed * FACTORS[1]) & MASK
    return mixed ^ (mixed >> 16)


def unmix(mixed: Int[Tensor, " n"]) -> Int[Tensor, " n"]:
    """Invert `mix`."""
    numbers = mixed ^ (mixed >> 16)
    numbers = (numbers * INVERSES[1]) & MASK
    numbers = numbers ^ (numbers >> 13) ^ (numbers >> 26)
    numbers = (numbers * INVERSES[0]) & MASK
    return numbers ^ (numbers >> 16)
