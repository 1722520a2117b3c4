"""What stands on a page until the first answer: shapes of the same size, so that nothing jumps."""

from markupsafe import Markup

NEURON_HEAD = Markup(
    '<div class="portrait ghost" aria-busy="true"><div class="crumbs">&nbsp;</div><h1>&nbsp;</h1><dl class="stats"></dl></div>'
)
NEURON_IMAGES = Markup('<div class="bar">&nbsp;</div><div class="shots ghost" aria-busy="true">{}</div>').format(
    Markup('<figure class="shot"><span class="tile"></span><figcaption>&nbsp;</figcaption></figure>') * 16
)
