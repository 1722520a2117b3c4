"""Security headers: what a page may load and run, who may embed it, and what it tells other sites.

Gradio compiles the scripts of `gr.HTML` with `new Function`, and styles elements inline: so 'unsafe-eval' and inline styles are
allowed. Inline scripts are not, but for those that carry the page's nonce. Everything that is loaded comes from here.
"""

from collections.abc import Mapping
from dataclasses import dataclass

ALWAYS = {"x-content-type-options": "nosniff", "referrer-policy": "strict-origin-when-cross-origin"}
SPACES = ("https://huggingface.co", "https://*.hf.space")  # where a Space's page stands in a frame


@dataclass(frozen=True)
class Policy:
    """The headers of every response but the embeddable ones."""

    embedded_by: tuple[str, ...] = ()
    """Sites whose pages may hold ours in a context, besides this one."""

    def headers(self, nonce: str) -> list[tuple[bytes, bytes]]:
        """For one response; its inline scripts carry `nonce`."""
        rules = {
            "default-src": "'self'",
            "script-src": f"'self' 'nonce-{nonce}' 'unsafe-eval'",
            "style-src": "'self' 'unsafe-inline'",
            "img-src": "'self' data: blob:",
            "media-src": "'self' blob:",
            "font-src": "'self' data:",
            "connect-src": "'self' blob: data:",
            "worker-src": "'self' blob:",
            "object-src": "'none'",
            "base-uri": "'self'",
            "form-action": "'self'",
            "frame-ancestors": " ".join(("'self'", *self.embedded_by)),
        }
        headers = {
            "content-security-policy": _joined(rules),
            **ALWAYS,
            "permissions-policy": "camera=(self), microphone=(), geolocation=(), display-capture=()",
        }
        if not self.embedded_by:
            headers["x-frame-options"] = "SAMEORIGIN"
        return _encoded(headers)


def embeddable() -> list[tuple[bytes, bytes]]:
    """Headers of a document that any site may frame: it can show pictures and follow a link, and do nothing else."""
    rules = {
        "default-src": "'none'",
        "img-src": "'self' data:",
        "style-src": "'unsafe-inline'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "*",
    }
    return _encoded({"content-security-policy": _joined(rules), **ALWAYS})


def _joined(rules: Mapping[str, str]) -> str:
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers.items()]
