"""Where the files that ship with Monoscope are: `assets` of a checkout, or the same directory inside an installed package."""

from pathlib import Path

_INSTALLED = Path(__file__).parent / "assets"  # pyproject.toml puts it there in a wheel
_ASSETS = _INSTALLED if _INSTALLED.is_dir() else Path(__file__).parents[1] / "assets"


def shipped(name: str) -> Path:
    """The path of a file or directory that ships with Monoscope, such as `css` or `storybook/atlases`; absolute."""
    return _ASSETS / name
