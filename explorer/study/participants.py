"""Who a participant is: a random name, and the signed token that lets its browser go on under that name.

token = name + HMAC-SHA256(secret, name), the name 128 random bits and the signature cut to 128 (RFC 2104, section 5). Answers are
kept under the name, so that who reads them cannot go on as somebody else: a token cannot be had from a name without the secret.
"""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field

_BYTES = 16
_TOKEN = re.compile(r"([\w-]{22})([\w-]{22})", re.ASCII)  # 16 bytes are 22 characters of base64
_PURPOSE = b"participant:"


@dataclass(frozen=True)
class Participants:
    """Gives tokens and knows them again."""

    secret: bytes = field(repr=False)

    def new_token(self) -> str:
        """A new participant's token."""
        name = secrets.token_urlsafe(_BYTES)
        return name + self._signature(name)

    def name(self, token: object) -> str | None:
        """The name in a token; None where it is no token that was given here. It comes from a browser, so it may be anything."""
        match = _TOKEN.fullmatch(token) if isinstance(token, str) else None
        if match is None or not hmac.compare_digest(self._signature(match[1]), match[2]):
            return None
        return match[1]

    def _signature(self, name: str) -> str:
        digest = hmac.new(self.secret, _PURPOSE + name.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest[:_BYTES]).decode().rstrip("=")
