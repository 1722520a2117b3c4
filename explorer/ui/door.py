"""The researcher's door: a password from the environment, or the Hub's sign-in, opens it for an hour; who guesses is slowed down.

A pass = the time it ends + HMAC-SHA256(key, time), the key 256 random bits of this process: nothing is kept of who came in.
"""

import hashlib
import hmac
import secrets
import time
from collections import deque
from dataclasses import dataclass, field
from threading import Lock

from starlette.types import Scope

from explorer.errors import VisitorError
from explorer.ui.gate.visitors import visitor

HOUR = 3600  # seconds that a pass lasts
SET_BACK = 60  # seconds that the clock may be set back meanwhile
WINDOW = 600.0  # seconds in which wrong passwords are counted
OF_ONE, OF_ALL = 5, 50  # wrong passwords in that time, from one visitor and from all together, after which none is looked at
SHUT = "The researcher's door is shut here: whoever runs this Monoscope opens it by setting MONOSCOPE_STUDY_PASSWORD."
WRONG = "That is not the password."
TOO_OFTEN = "Too many wrong passwords came within ten minutes: try again later."


@dataclass
class Door:
    """Lets in who knows the password.

    Args:
        password: nobody comes in where it is empty.
        behind_proxy: whether a proxy says who a visitor is.
        researchers: names of users of the Hub who come in without it, where the Hub signs them in.
    """

    password: str = field(default="", repr=False)
    behind_proxy: bool = False
    researchers: frozenset[str] = frozenset()
    _key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    _wrong: deque[tuple[float, str]] = field(default_factory=deque, repr=False)
    _guard: Lock = field(default_factory=Lock, repr=False)

    def open(self, password: object, scope: Scope) -> str:
        """A pass.

        Raises:
            VisitorError: if the door is shut, the password is wrong, or too many wrong ones came.
        """
        if not self.password:
            raise VisitorError(SHUT)
        who, now = visitor(scope, self.behind_proxy), time.monotonic()
        with self._guard:
            while self._wrong and self._wrong[0][0] < now - WINDOW:
                self._wrong.popleft()
            if len(self._wrong) >= OF_ALL or sum(name == who for _, name in self._wrong) >= OF_ONE:
                raise VisitorError(TOO_OFTEN)
            if not hmac.compare_digest(_digest(password), _digest(self.password)):
                self._wrong.append((now, who))
                raise VisitorError(WRONG)
        return self._pass(int(time.time()) + HOUR)

    def signed_in(self, scope: Scope) -> str:
        """A pass for a researcher whom the Hub has signed in; empty for anybody else.

        Args:
            scope: with the session that Gradio's sign-in keeps in a cookie, which it signs.
        """
        found = scope.get("session", {}).get("oauth_info") or {}
        name, ends = found.get("userinfo", {}).get("preferred_username"), found.get("expires_at") or 0
        return self._pass(int(time.time()) + HOUR) if name in self.researchers and ends > time.time() else ""

    def knows(self, given: object) -> bool:
        """Whether this is a pass of this process, and has not ended, as it has where the clock was set back by over a minute."""
        now = time.time()
        ends = given.split("-")[0] if isinstance(given, str) and len(given) < 100 and given.isascii() else ""
        return (
            ends.isdecimal()
            and now < int(ends) <= now + HOUR + SET_BACK
            and hmac.compare_digest(self._pass(int(ends)), str(given))
        )

    def _pass(self, ends: int) -> str:
        return f"{ends}-{hmac.new(self._key, str(ends).encode(), hashlib.sha256).hexdigest()}"


def _digest(text: object) -> bytes:
    """Of one length, whatever is compared."""
    return hashlib.sha256(str(text)[:1000].encode("utf-8", "replace")).digest()
