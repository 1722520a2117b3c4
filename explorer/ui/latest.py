"""What every visitor last asked for, so that work on anything older can stop."""

from collections import OrderedDict
from collections.abc import Hashable

VISITORS = 1000  # remembered


class Latest:
    """Told by quick handlers, asked by slow ones while they work; any thread may do either."""

    def __init__(self) -> None:
        self._asked: OrderedDict[str, Hashable] = OrderedDict()

    def tell(self, visitor: str, asked: Hashable) -> None:
        """From now on, the visitor wants this."""
        self._asked.pop(visitor, None)
        self._asked[visitor] = asked
        if len(self._asked) > VISITORS:
            self._asked.popitem(last=False)

    def wants(self, visitor: str, asked: Hashable) -> bool:
        """Whether nothing else was asked for since; a forgotten visitor may have what is being made."""
        return self._asked.get(visitor, asked) == asked
