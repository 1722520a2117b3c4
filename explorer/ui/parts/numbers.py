"""How numbers are written, the same on every page."""

import math


def neuron_id(neuron: int) -> str:
    """`#0123`."""
    return f"#{neuron:04d}"


def score(ms: float) -> str:
    """MS with two decimals and a true minus; `–` for a dead neuron."""
    return "–" if math.isnan(ms) else f"{ms:z.2f}".replace("-", "−")


def difference(value: float) -> str:
    """A difference of scores with two decimals and its sign: `+0.03`, `−0.10`, `0.00`."""
    return (f"{value:+z.2f}" if round(value, 2) else "0.00").replace("-", "−")


def percent(share: float) -> str:
    """A share in %, two significant digits, never `0 %` for something that happens."""
    value = 100 * share
    if value <= 0:
        return "0 %"
    if value < 0.01:
        return "< 0.01 %"
    return f"{value:.0f} %" if value >= 10 else f"{value:.1f} %" if value >= 1 else f"{value:.2g} %"


def activation(value: float) -> str:
    """Three significant digits."""
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def ordinal(value: float) -> str:
    """`98th`, of a percentile: rounded down, for only the best is the 100th."""
    number = math.floor(value)
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
