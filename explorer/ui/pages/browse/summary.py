"""What an atlas is: one line, and behind it the figures that say how good it is."""

from functools import lru_cache

import numpy as np
from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.ui import text
from explorer.ui.address import link
from explorer.ui.pages.browse import words
from explorer.ui.parts.numbers import percent, score
from explorer.ui.parts.term import term
from explorer.ui.templates import render
from explorer.ui.theme import MS_RAMP, ramp


@lru_cache(maxsize=16)
def summary(atlas: Atlas) -> Markup:
    """The strip; an atlas never changes, so it is drawn once."""
    m, kind = atlas.manifest, text.SAE_KINDS[atlas.manifest.sae.kind]
    images = f"{m.dataset.images:,} images of {m.dataset.name}"
    parts = [m.encoder.name, term(f"tap {m.tap.name}", _tap(m.tap.name)), term(kind, words.SAES[m.sae.kind]), images]
    line = Markup(" · ").join(parts)
    home = link("./", atlas)
    return render("pages/browse/summary.html", line=line, figures=_figures(atlas), curve=_curve(atlas), home=home, term=term)


def _tap(name: str) -> str:
    """What a tap's name means: `22:cls`, `22:random:2`, `projection`."""
    block, _, tokens = name.partition(":")
    where = words.TAPS.get(tokens.partition(":")[0] or block, "")
    return words.TAP + where.format(block=block) if where else ""


def _figures(atlas: Atlas) -> list[tuple[str, str, str]]:
    m = atlas.manifest
    neurons = words.NEURONS.format(sae=text.SAE_KINDS[m.sae.kind], neurons=f"{len(atlas):,}", width=m.sae.width)
    figures = [("Neurons", f"{len(atlas):,}", neurons)]
    if m.metrics.r2 is not None:
        figures.append(("R²", percent(m.metrics.r2), words.R2))
    figures.append(("L0", f"{m.metrics.l0:.1f}", words.L0))
    figures.append(("Dead", f"{m.metrics.dead:,}", words.DEAD))
    return figures + [_ms_figure(atlas, name) for name in atlas.similarities if m.metrics.ms[name].mean is not None]


def _ms_figure(atlas: Atlas, name: str) -> tuple[str, str, str]:
    """Best of the ranked neurons, mean of the living, and the floor, where they are known."""
    ms, told, why = atlas.ranked_ms(name), [], [text.MS.format(similarity=name)]
    if not np.isnan(ms).all():
        told.append(f"{score(float(np.nanmax(ms)))} best")
        why += [words.BEST.format(least=atlas.least_images)] if atlas.least_images else []
    told.append(f"{score(atlas.manifest.metrics.ms[name].mean or 0)} mean")
    if (floor := atlas.floor(name)) is not None:
        told.append(f"{score(floor)} floor")
        why.append(words.FLOOR)
    return f"MS by {name}", ", ".join(told), " ".join(why)


def _curve(atlas: Atlas, points: int = 120) -> Markup:
    """MS by rank, as an inline drawing: it costs a page nothing."""
    ms = np.sort(atlas.ranked_ms()[~np.isnan(atlas.ranked_ms())])[::-1]
    if len(ms) < 2:
        return Markup("")
    values = ms[np.linspace(0, len(ms) - 1, points).round().astype(int)].clip(0, 1)
    return render(
        "pages/browse/curve.html",
        bars=[(float(value), ramp(MS_RAMP, float(value))) for value in values],
        best=score(float(ms[0])),
        which=(words.RANKED if atlas.least_images else words.LIVING).format(count=f"{len(ms):,}", least=atlas.least_images),
        worst=score(float(ms[-1])),
        words=words,
    )
