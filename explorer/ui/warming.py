"""What the first visitor would wait for, loaded while nobody does."""

import logging
import threading

from explorer.atlas.world import world_of
from explorer.errors import UserError, VisitorError
from explorer.ui.frame import Frame
from explorer.ui.pages import image

log = logging.getLogger(__name__)


def warm_up(frame: Frame) -> threading.Thread:
    """Load, in a thread of its own, what the Image page needs for its first picture, unless it must be downloaded first."""
    thread = threading.Thread(target=_load, args=[frame], name="warm-up", daemon=True)
    thread.start()
    return thread


def _load(frame: Frame) -> None:
    try:
        atlas = frame.atlas({}, image.PATH)
        if atlas.manifest.encoder.local:
            frame.firings.of(atlas)
            world_of(atlas.images)
    except VisitorError:
        return  # there is no atlas that reads pictures
    except UserError as error:
        log.warning("%s", error)  # the page itself says so to whoever opens it
