"""How fast a visitor may open sessions: as many at once as a class room does, and then a few a second.

Gradio builds every part of every page anew for each session, which holds up everybody for some 10 ms.
"""

import time
from collections import OrderedDict
from collections.abc import Callable

AT_ONCE = 64  # sessions of one address
A_SECOND = 4.0  # after that
_REMEMBERED = 4000  # visitors


class Pace:
    """A token bucket for each visitor; not safe for threads by itself.

    Args:
        clock: seconds, never going back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()  # sessions, and when that was; longest unseen first

    def take(self, visitor: str) -> bool:
        """Whether a visitor may open one more session now; if so, it is counted."""
        now = self._clock()
        left, then = self._left.pop(visitor, (float(AT_ONCE), now))
        left = min(AT_ONCE, left + (now - then) * A_SECOND)
        self._left[visitor] = (left - 1 if left >= 1 else left, now)
        if len(self._left) > _REMEMBERED:
            self._left.popitem(last=False)
        return left >= 1
