"""Who asks: a name for a visitor's address that lives as long as the process and cannot be turned back into the address."""

import hashlib
import ipaddress
import secrets

from starlette.types import Scope

from explorer.ui.gate.asgi import header

_KEY = secrets.token_bytes(32)
_NETWORK_6 = 64  # bits: one customer of a provider has at least that network to draw addresses from


def visitor(scope: Scope, behind_proxy: bool) -> str:
    """The visitor that a request comes from.

    Args:
        behind_proxy: take the address that the proxy in front of us wrote last; what a visitor wrote stands before it.
    """
    peer = scope["client"][0] if scope.get("client") else ""
    forwarded = header(scope, "x-forwarded-for").split(",")[-1].strip() if behind_proxy else ""
    return hashlib.blake2b(_network(forwarded or peer).encode(), key=_KEY, digest_size=12).hexdigest()


def _network(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network((parsed, _NETWORK_6), strict=False)) if parsed.version == 6 else address
