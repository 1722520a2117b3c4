"""The compare tray: neurons that a visitor puts aside, of any atlases, to see side by side.

It is kept in the visitor's browser; assets/js/9-tray.js draws it, and the Compare page reads its link.
"""

from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.ui.parts.numbers import neuron_id


def tray_button(atlas: Atlas, neuron: int) -> Markup:
    """The button that puts a neuron into the tray, and takes it out."""
    return Markup(
        '<button type="button" class="tray-add" data-tray="{}:{}" aria-pressed="false" title="Put into the compare tray (key c)" '
        'aria-label="Compare {}"></button>'
    ).format(atlas.name, neuron, neuron_id(neuron))
