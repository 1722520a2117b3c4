"""Native menus of a page's form, under a name that says what it means."""

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from explorer.ui.parts.term import term
from explorer.ui.templates import render


class Menu(NamedTuple):
    """A native menu; the default's value is empty, so that it stays out of the address."""

    field: str
    label: str
    options: Sequence[tuple[str, str]]  # value, and what is shown for it
    chosen: str
    default: str = ""


def menu(name: str, meaning: str, *menus: Menu, filters: bool = False) -> Markup:
    """One or more menus in one field.

    Args:
        meaning: of the name; "" where it explains itself.
        filters: whether the field folds away on a phone and counts among the filters that are set.
    """
    shown = term(name, meaning) if meaning else Markup("<span>{}</span>").format(name)
    return render("parts/menu.html", name=shown, menus=menus, filters=filters)
