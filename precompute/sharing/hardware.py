"""What a Space may run on, and what that asks of its packages (the Hub's documentation of Spaces and ZeroGPU, November 2026)."""

from dataclasses import dataclass, field
from importlib.metadata import version


@dataclass(frozen=True)
class Hardware:
    """One kind of hardware."""

    name: str
    """As the Hub calls it."""
    python: str
    torch: dict[str, str] = field(default_factory=dict)
    """Versions of torch's packages in place of the usual ones."""
    cuda: bool = False
    """Whether torch is built for a GPU."""

    @property
    def gradio(self) -> str:
        return version("gradio")


HARDWARE = {
    "cpu-basic": Hardware("cpu-basic", "3.12"),  # 2 cores, 16 GB; sleeps when nobody visits
    "t4-small": Hardware("t4-small", "3.12", cuda=True),  # 16 GB of GPU memory, paid by the hour
}
