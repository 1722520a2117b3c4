"""What every visitor last asked for, so that work on anything older can stop."""

from collections import OrderedDict
from collections.abc import Hashable

VISITORS = 1000  # remembered


class Latest:
    """Told by quick handlers, asked by slow ones while they work; any thread may do either."""

    def __init__(self) -> None:
        self._requests: OrderedDict[str, Hashable] = OrderedDict()

    def tell(self, visitor: str, request: Hashable) -> None:
        """From now on, the visitor wants this."""
        self._requests.pop(visitor, None)
        self._requests[visitor] = request
        if len(self._requests) > VISITORS:
            self._requests.popitem(last=False)

    def wants(self, visitor: str, request: Hashable) -> bool:
        """Whether nothing else was asked for since; a forgotten visitor may have what is being made."""
        return self._requests.get(visitor, request) == request
