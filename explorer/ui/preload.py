"""What the first visitor would wait for, loaded while nobody does."""

import logging
import threading

from explorer.atlas.novelty import novelty_of
from explorer.errors import UserError, VisitorError
from explorer.ui.context import Context
from explorer.ui.pages.image.page import PATH

log = logging.getLogger(__name__)


def preload(context: Context) -> threading.Thread:
    """Load, in a thread of its own, what the Image page needs for its first picture, unless it must be downloaded first."""
    thread = threading.Thread(target=_load, args=[context], name="preload", daemon=True)
    thread.start()
    return thread


def _load(context: Context) -> None:
    try:
        atlas = context.atlas({}, PATH)
        if atlas.manifest.encoder.local:
            context.pool.neuron_reader(atlas)
            novelty_of(atlas.images)
    except VisitorError:
        return  # there is no atlas that reads pictures
    except UserError as error:
        log.warning("%s", error)  # the page itself says so to whoever opens it
