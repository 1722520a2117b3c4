"""Colours and type: neutral ground, one accent, one scale for MS. Stylesheets in assets/css use the variables named here.

System fonts only: nothing is fetched from elsewhere, so the explorer looks the same offline.
"""

import gradio as gr

SANS = ("ui-sans-serif", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "Liberation Sans", "Arial", "sans-serif")
MONO = ("ui-monospace", "SF Mono", "Cascadia Mono", "Menlo", "Liberation Mono", "monospace")

# MS from 0 to 1: violet → blue → teal → green → gold, ever lighter, so it reads without colour too (after viridis,
# van der Walt & Smith 2015, its dark end lifted until it shows on black and its light end lowered until it shows on white).
MS_RAMP = ("#6f5c9e", "#56729f", "#3b8a9b", "#3da183", "#7db25a", "#c9b43a")
# Patch activations: ember → amber, clear where the neuron is silent.
HEAT_RAMP = ("#7a1230", "#d23c2c", "#f58a2a", "#ffd75e")
PLOT_INK = "#85847f"  # readable on both grounds
PLOT_GRID = "rgba(133, 132, 127, 0.22)"


def ramp(stops: tuple[str, ...], share: float) -> str:
    """The colour at `share` ∈ [0, 1] of a ramp, `#rrggbb`; clipped outside, linear between stops."""
    place = min(max(share, 0.0), 1.0) * (len(stops) - 1)
    below = min(int(place), len(stops) - 2)
    pairs = zip(channels(stops[below]), channels(stops[below + 1]), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * (place - below)):02x}" for a, b in pairs)


def channels(colour: str) -> tuple[int, int, int]:
    """Red, green and blue of `#rrggbb`, 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def theme() -> gr.themes.Base:
    """Gradio's own parts (upload, plot frames) in the same dress."""
    ground = {"light": "#fbfaf8", "dark": "#131312"}
    return gr.themes.Base(
        primary_hue=gr.themes.colors.orange,
        neutral_hue=gr.themes.colors.stone,
        font=list(SANS),
        font_mono=list(MONO),
    ).set(
        body_background_fill=ground["light"],
        body_background_fill_dark=ground["dark"],
        background_fill_primary=ground["light"],
        background_fill_primary_dark=ground["dark"],
        background_fill_secondary="#f1efeb",
        background_fill_secondary_dark="#1d1d1b",
        block_background_fill="transparent",
        block_background_fill_dark="transparent",
        block_border_width="0px",
        block_shadow="none",
        body_text_color="#1c1b19",
        body_text_color_dark="#ecebe7",
        body_text_color_subdued="#6b6963",
        body_text_color_subdued_dark="#9d9b94",
        border_color_primary="#dfdcd6",
        border_color_primary_dark="#33322f",
        color_accent="#b0432a",
        link_text_color="#b0432a",
        link_text_color_dark="#f09075",
    )
