"""What steering is set by: neuron, α, prompt; native controls in one form whose fields are the address's own."""

from collections.abc import Iterable

from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.ui.address import FORM, link
from explorer.ui.pages.steer import words
from explorer.ui.pages.steer.view import LENGTHS, LONGEST_PROMPT, PATH, WARMEST, SteerView, suggested
from explorer.ui.parts.label import label
from explorer.ui.parts.ms import ms_bar
from explorer.ui.parts.numbers import activation, neuron_id
from explorer.ui.parts.tile import tiles

TILES = 5
_FORM = Markup(
    '<form id="{form}" class="steering" action="steer" method="get" data-keep="example">'
    '<input type="hidden" name="atlas" value="{atlas}">{neuron}{slider}{prompt}{more}</form>'
)
_NEURON = Markup(
    '<div class="dial" data-title="Steer {id}"><label class="field dial-id"><span>Neuron</span><span class="hash">#</span>'
    '<input type="number" name="id" min="0" max="{last}" step="1" value="{neuron}" required></label>'
    '<a class="dial-name" href="{href}"><span class="name{name.css}" title="{name.why}">{name.name}</span></a>{ms}'
    '<a class="strip" href="{href}" tabindex="-1" aria-hidden="true">{tiles}</a></div>'
    '<div class="menu-line"><span>{others}</span>{chips}</div>'
)
_SLIDER = Markup(
    '<div class="alpha" title="{what}"><label for="alpha">α</label><span class="alpha-track" style="--zero:{zero:.2f}%">'
    '<input type="range" id="alpha" name="alpha" min="{low:.6g}" max="{high:.6g}" step="{step:.6g}" value="{value:.6g}"'
    ' data-strongest="{strongest:.6g}" data-pause="40"><span class="ticks" aria-hidden="true">{ticks}</span></span>'
    '<output class="number" for="alpha"></output></div>'
)
_TICK = Markup('<span style="left:{at:.2f}%">{name}</span>')
_PROMPT = Markup(
    '<div class="prompt"><label class="field"><span>Prompt</span><input type="text" name="prompt" value="{value}"'
    ' maxlength="{longest}" autocomplete="off" spellcheck="false" required></label>'
    '<details class="chooser"><summary>ready ones</summary><div class="menu">{ready}</div></details></div>'
)
_MORE = Markup(
    '<details class="more-controls"{open}><summary>How words are chosen</summary><div>{length}{temperature}{seed}</div></details>'
)
_LENGTH = Markup('<label class="field"><span>At most</span><select name="length" data-none="{none}">{options}</select></label>')
_OPTION = Markup('<option value="{value}"{selected}>{value} tokens</option>')
_NUMBER = Markup(
    '<label class="field" title="{what}"><span>{name}</span><input type="number" name="{field}" min="0" max="{most}"'
    ' step="{step}" value="{value}" data-none="0"></label>'
)


def steer_controls(atlas: Atlas, view: SteerView) -> Markup:
    """The form as the view sets it."""
    return _FORM.format(
        form=FORM,
        atlas=atlas.name,
        neuron=_neuron(atlas, view),
        slider=_slider(view),
        prompt=_prompt(atlas, view),
        more=_more(view),
    )


def _neuron(atlas: Atlas, view: SteerView) -> Markup:
    neuron = view.neuron
    others = [other for other in suggested(atlas) if other != neuron]
    return _NEURON.format(
        id=neuron_id(neuron),
        neuron=neuron,
        last=len(atlas) - 1,
        href=link("neuron", atlas, id=neuron),
        name=label(atlas, neuron),
        ms=ms_bar(float(atlas.ms()[neuron]), atlas.similarities[0]),
        tiles=tiles(atlas, neuron, TILES, fill=False),
        others=words.OTHERS if others else "",
        chips=_merging(atlas, ((f"{neuron_id(n)} {label(atlas, n).name}", {"id": n, "alpha": ""}) for n in others), "chip"),
    )


def _merging(atlas: Atlas, links: Iterable[tuple[str, dict[str, object]]], css: str = "") -> Markup:
    """Links that change these fields of the address and leave the others as the visitor has set them by then."""
    return Markup("").join(
        Markup('<a class="{}" href="{}" data-view="merge">{}</a>').format(css, link(PATH, atlas, **fields), name)
        for name, fields in links
    )


def _slider(view: SteerView) -> Markup:
    low, high, step, strongest = view.range
    ticks = [(low, "−1 ×"), (0.0, words.OFF), (strongest, "1 ×"), (high, "2 ×")]
    return _SLIDER.format(
        what=words.ALPHA,
        zero=_share(0, view),
        low=low,
        high=high,
        step=step,
        value=view.alpha,
        strongest=strongest,
        ticks=Markup("").join(_TICK.format(at=_share(at, view), name=name) for at, name in ticks),
    )


def _share(alpha: float, view: SteerView) -> float:
    """Where on the slider a value is, in % of its length."""
    return 100 * (alpha - view.range.low) / (view.range.high - view.range.low)


def _prompt(atlas: Atlas, view: SteerView) -> Markup:
    ready = _merging(atlas, ((prompt, {"prompt": prompt}) for prompt in words.PROMPTS))
    return _PROMPT.format(value=view.prompt, longest=LONGEST_PROMPT, ready=ready)


def _more(view: SteerView) -> Markup:
    options = [_OPTION.format(value=n, selected=Markup(" selected") if n == view.length else "") for n in LENGTHS]
    return _MORE.format(
        open=Markup(" open") if view.temperature else "",
        length=_LENGTH.format(none=LENGTHS[1], options=Markup("").join(options)),
        temperature=_NUMBER.format(
            name="Temperature",
            field="temperature",
            most=WARMEST,
            step=0.1,
            value=f"{view.temperature:g}",
            what=words.TEMPERATURE,
        ),
        seed=_NUMBER.format(name="Seed", field="seed", most=999999999, step=1, value=view.seed, what=words.SEED),
    )


def alpha_words(alpha: float, strongest: float) -> str:
    """`3.2, 1.0 × its strongest`; `off` for 0. assets/js says the same while the slider moves."""
    number = f"{activation(alpha)}, {alpha / strongest:.1f} ×".replace("-", "−")
    return number if alpha else words.OFF
