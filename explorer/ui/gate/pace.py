"""How fast a visitor may open sessions: as many at once as a class room does, and then a few a second.

Gradio builds every part of every page anew for each session, which holds up everybody for some 10 ms.
"""

from collections import OrderedDict
from collections.abc import Callable

_REMEMBERED = 4000  # visitors


class Pace:
    """A token bucket for each visitor; not safe for threads by itself.

    Args:
        clock: seconds, never going back.
        at_once: sessions of one address.
        a_second: sessions of it after that.
    """

    def __init__(self, clock: Callable[[], float], at_once: int, a_second: float) -> None:
        self._clock, self._at_once, self._a_second = clock, at_once, a_second
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()  # sessions, and when that was; longest unseen first

    def take(self, visitor: str) -> bool:
        """Whether a visitor may open one more session now; if so, it is counted."""
        now = self._clock()
        left, then = self._left.pop(visitor, (float(self._at_once), now))
        left = min(self._at_once, left + (now - then) * self._a_second)
        self._left[visitor] = (left - 1 if left >= 1 else left, now)
        if len(self._left) > _REMEMBERED:
            self._left.popitem(last=False)
        return left >= 1
