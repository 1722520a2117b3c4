"""What the first visitor would wait for, loaded while nobody does."""

import logging
import threading
from collections.abc import Callable

from PIL import Image

from explorer import garbage
from explorer.atlas.novelty import novelty_of
from explorer.errors import UserError, VisitorError
from explorer.operations.images import named
from explorer.operations.read import read
from explorer.operations.search import search_text
from explorer.ui.context import Context
from explorer.ui.pages.image.page import PATH

log = logging.getLogger(__name__)


def preload(context: Context) -> threading.Thread:
    """Load, in a thread of its own, what the Image page needs for its first picture and Search for its first text, unless it must
    be downloaded first.

    A visitor who comes earlier waits for the same loading, and begins no other.
    """
    return _begin("preload", lambda: _load(context))


@garbage.put_off()  # of a million objects that are loaded nearly all stay
def _load(context: Context) -> None:
    atlas = context.atlas({}, PATH)
    if atlas.manifest.encoder.local:
        looking = _begin("preload-novelty", lambda: novelty_of(atlas.images))  # decodes pictures, which holds up no other thread
        read(context.pool, atlas, named(Image.new("RGB", (64, 64))))  # the first run of a model takes longer than all others
        looking.join()
    shown = context.atlas({})
    if shown.manifest.search is not None and shown.manifest.search.model.local:
        search_text(context.pool, shown, "red")


def _begin(name: str, load: Callable[[], object]) -> threading.Thread:
    def run() -> None:
        try:
            load()
        except VisitorError:
            return  # there is no atlas that reads pictures
        except UserError as error:
            log.warning("%s", error)  # the page itself says so to whoever opens it

    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    return thread
