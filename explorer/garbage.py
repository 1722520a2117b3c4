"""Python's garbage collector, put off while modules load.

It looks for cycles among all objects again and again as they grow in number; of those that modules make nearly all stay. That
was a fifth of the explorer's start, and of the loading of torch.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def put_off(stays: bool = False) -> Iterator[None]:
    """Collect no garbage inside the block, in any thread; within another such block it changes nothing.

    Args:
        stays: whether what is there at the end stays while the process lives: it is never looked at again, which makes every
            later collection shorter. Not where models are held, which may be let go.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            if stays:
                gc.freeze()
            gc.enable()
