"""Who a participant is: a random name, the signed token that lets its browser go on under it, and the codes for other days.

token = name + HMAC-SHA256(secret, name), the name 128 random bits and the signature cut to 128 (RFC 2104, section 5). Answers are
kept under the name, so that who reads them cannot go on as somebody else: a token cannot be had from a name without the secret.

The name is made from what the participant brings back: a personal code of 60 random bits, or the id in a Prolific link, by
HMAC-SHA256(secret, code). Neither is kept.
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
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that look alike
_CODE = re.compile(rf"[{_LETTERS}]{{12}}")
_PROLIFIC = re.compile(r"[0-9a-zA-Z]{1,64}")


@dataclass(frozen=True)
class Participants:
    """Gives tokens and knows them again."""

    secret: bytes = field(repr=False)

    def new_code(self) -> str:
        """A new participant's personal code, `ABCD-EFGH-JKLM`."""
        letters = [secrets.choice(_LETTERS) for _ in range(12)]
        return "-".join("".join(letters[at : at + 4]) for at in (0, 4, 8))

    def token_of_code(self, code: object) -> str | None:
        """The token of a personal code, however it is typed; None where it cannot be one."""
        letters = re.sub(r"[\s-]", "", code[:64]).upper() if isinstance(code, str) else ""
        return self._token("code", letters) if _CODE.fullmatch(letters) else None

    def token_of_prolific(self, study: str, id: object) -> str | None:
        """The token of a Prolific id in a study; None where it cannot be one."""
        return self._token(f"prolific:{study}", id) if isinstance(id, str) and _PROLIFIC.fullmatch(id) else None

    def completion_code(self, study: str, participant: str) -> str:
        """What tells a panel that a participant has finished: 8 letters that only this database's secret gives."""
        digest = self._digest("completion:" + study, participant)
        return "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest[:8])

    def name(self, token: object) -> str | None:
        """The name in a token; None where it is no token that was given here. It comes from a browser, so it may be anything."""
        match = _TOKEN.fullmatch(token) if isinstance(token, str) else None
        if match is None or not hmac.compare_digest(self._signature(match[1]), match[2]):
            return None
        return match[1]

    def _token(self, purpose: str, brought: str) -> str:
        name = _letters(self._digest(purpose, brought))
        return name + self._signature(name)

    def _signature(self, name: str) -> str:
        return _letters(hmac.new(self.secret, _PURPOSE + name.encode(), hashlib.sha256).digest())

    def _digest(self, purpose: str, text: str) -> bytes:
        return hmac.new(self.secret, f"{purpose}:{text}".encode(), hashlib.sha256).digest()


def _letters(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest[:_BYTES]).decode().rstrip("=")
