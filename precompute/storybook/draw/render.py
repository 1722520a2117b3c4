"""From a scene to its image and its masks."""

from functools import lru_cache
from random import Random
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from precompute.storybook.draw import outdoors, places
from precompute.storybook.draw.backdrop import FINE, Backdrop
from precompute.storybook.draw.stamp import Pose, Stamp, stamp
from precompute.storybook.draw.weather import SHELTERED, falling, lights
from precompute.storybook.kinds import KINDS
from precompute.storybook.scene import FLOATING, SETTINGS, SIDE, Scene, Thing, foot

_PAINTERS = {name: getattr(outdoors if hasattr(outdoors, name) else places, name) for name in SETTINGS}


class Rendered(NamedTuple):
    """An image, and the thing that each pixel shows."""

    image: NDArray[np.uint8]  # (128, 128, 3), sRGB
    masks: NDArray[np.bool_]  # (things, 128, 128), the visible part of each of `scene.things`; no two share a pixel


def render(scene: Scene) -> Rendered:
    """Draw a scene: the same scene gives the same bytes.

    Raises:
        KeyError: if it names a kind, colour, setting or weather that there is not.
    """
    rng = Random(f"draw:{scene.seed}:{scene.setting}:{scene.weather}")
    image = np.asarray(_backdrop(scene, rng), dtype=np.float32).copy()
    things = scene.things
    inner = scene.bunches[0].things[0] if scene.relation == "in" else None  # casts no shadow on the ground
    masks = np.zeros((len(things), SIDE, SIDE), dtype=bool)
    for thing in things:
        if scene.setting not in FLOATING and not KINDS[thing.kind].flies and thing is not inner:
            _shadow(image, thing)
    for number, front in _order(scene):
        _paste(image, masks, number, _cut(things[number], scene.weather == "night", front))
    if scene.setting not in SHELTERED:
        falling(image, scene.weather, rng)
    image += _paper()
    return Rendered(np.clip(image, 0, 255).astype(np.uint8), masks)


def _backdrop(scene: Scene, rng: Random) -> Image.Image:
    sheet = Backdrop(scene.weather, rng)
    if scene.setting not in SHELTERED:
        sheet.sky()
        lights(sheet)
    _PAINTERS[scene.setting](sheet)
    return sheet.image.reduce(FINE)


def _order(scene: Scene) -> list[tuple[int, bool]]:
    """Return what is pasted on the image one after the other: numbers of things, and whether only its front.

    What is in something comes right after it, and before its front.
    """
    things = scene.things
    order = [(number, False) for number in range(len(things))]
    if scene.relation == "in":
        inner, outer = (things.index(bunch.things[0]) for bunch in scene.bunches[:2])
        order.remove((inner, False))
        at = order.index((outer, False)) + 1
        order[at:at] = [(inner, False), (outer, True)]
    return order


def _cut(thing: Thing, night: bool, front: bool) -> Stamp:
    pose = Pose(thing.x, thing.y, thing.radius, thing.angle, thing.flip)
    return stamp(thing.kind, thing.colour, pose, glow=night and not front, front=front)


def _paste(image: NDArray[np.float32], masks: NDArray[np.bool_], number: int, cut: Stamp) -> None:
    """Paste a thing on the image, and remove what it covers from the masks of the others."""
    h, w = cut.alpha.shape
    top, left, bottom, right = max(cut.top, 0), max(cut.left, 0), min(cut.top + h, SIDE), min(cut.left + w, SIDE)
    inside = np.s_[top - cut.top : bottom - cut.top, left - cut.left : right - cut.left]
    share = cut.alpha[inside].astype(np.float32)[..., None] / 255
    image[top:bottom, left:right] += (cut.rgb[inside] - image[top:bottom, left:right]) * share
    mask = cut.alpha[inside] >= 128
    masks[:, top:bottom, left:right] &= ~mask
    masks[number, top:bottom, left:right] |= mask


def _shadow(image: NDArray[np.float32], thing: Thing) -> None:
    """A soft dark oval on the ground."""
    wide, tall = KINDS[thing.kind].wide * thing.radius * 1.12, 0.16 * thing.radius + 1.2
    y, x = foot(thing) - 0.5, thing.x + 1.5
    top, bottom, left, right = (int(np.clip(v, 0, SIDE)) for v in (y - tall, y + tall + 1, x - wide, x + wide + 1))
    rows, columns = np.arange(top, bottom, dtype=np.float32)[:, None], np.arange(left, right, dtype=np.float32)
    depth = np.clip(1 - ((columns - x) / wide) ** 2 - ((rows - y) / tall) ** 2, 0, 1) * 0.5
    image[top:bottom, left:right] *= 1 - depth[..., None] * (0.62, 0.72, 0.52)


@lru_cache(maxsize=1)
def _paper() -> NDArray[np.float32]:
    """Return the grain of the paper, darker at its edges, to be added to the image."""
    grain = np.random.default_rng(0).normal(0, 1.6, (SIDE, SIDE, 1))
    x = np.linspace(-1, 1, SIDE)
    edge = np.maximum(x[:, None] ** 2 + x[None] ** 2 - 0.9, 0)[..., None]
    return (grain - 9 * edge).astype(np.float32)
