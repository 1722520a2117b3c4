"""Researchers whom the Hub signs in, in a Space: a FAKE of the Hub's OpenID provider, Gradio's and Authlib's own code."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from explorer.ui.pages.researcher import words
from tests.explorer.ui.pages.researcher.test_researcher import Researcher
from tests.serving import Served, served

pytestmark = pytest.mark.slow


@dataclass
class Provider:
    """The FAKE: it takes any code for the user who is named next."""

    url: str = ""
    user: str = ""
    nonce: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, parameters={"kid": "fake"}))

    def answer(self, path: str) -> dict[str, object]:
        now = int(time.time())
        about = {"sub": "1", "name": self.user, "preferred_username": self.user, "profile": "p", "picture": "p"}
        claims = about | {"iss": self.url, "aud": "client", "iat": now, "exp": now + 600, "nonce": self.nonce}
        places = {
            "authorization_endpoint": "authorize",
            "token_endpoint": "token",
            "jwks_uri": "jwks",
            "userinfo_endpoint": "user",
        }
        return {
            "/.well-known/openid-configuration": {"issuer": self.url}
            | {name: f"{self.url}/{place}" for name, place in places.items()}
            | {"id_token_signing_alg_values_supported": ["RS256"]},
            "/jwks": {"keys": [self.key.as_dict(private=False)]},
            "/token": {
                "access_token": "token",
                "token_type": "bearer",
                "expires_in": 600,
                "id_token": jwt.encode({"alg": "RS256", "kid": "fake"}, claims, self.key),
            },
            "/user": about,
        }[urlsplit(path).path]


@contextmanager
def provider() -> Iterator[Provider]:
    fake = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            data = json.dumps(fake.answer(self.path)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    fake.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()


def _cookie(reply: httpx.Response) -> dict[str, str]:
    """As a browser would send it back over HTTPS; it is for HTTPS alone."""
    set_cookie = reply.headers["set-cookie"]
    assert {"secure", "httponly"} <= {part.strip().lower() for part in set_cookie.split(";")}
    return {"Cookie": set_cookie.split(";")[0]}


def _signed_in(site: Served, fake: Provider, user: str) -> dict[str, str]:
    """The cookie of somebody who went to the Hub and came back."""
    left = site.client.get("/login/huggingface", params={"_target_url": "/researcher"}, follow_redirects=False)
    assert left.headers["location"].startswith(f"{fake.url}/authorize?")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(left.headers["location"]).query).items()}
    fake.user, fake.nonce = user, asked["nonce"]
    back = {"code": "any", "state": asked["state"], "_target_url": "/researcher"}
    came = site.client.get("/login/callback", params=back, headers=_cookie(left), follow_redirects=False)
    assert came.headers["location"] == "/researcher"
    return _cookie(came)


def test_the_named_researchers_come_in_and_nobody_else(atlases_root: Path) -> None:
    with provider() as fake:
        space = {"SYSTEM": "spaces", "SPACE_ID": "ada/monoscope", "SPACE_HOST": "ada-monoscope.hf.space"}
        space |= {"OAUTH_CLIENT_ID": "client", "OAUTH_CLIENT_SECRET": "secret", "OAUTH_SCOPES": "openid profile"}
        with served(atlases_root, **space, OPENID_PROVIDER_URL=fake.url, MONOSCOPE_RESEARCHERS="ada,grace") as site:
            assert words.SIGN_IN in Researcher(site, "stranger").load({})
            inside = _signed_in(site, fake, "ada")
            assert "<table" in Researcher(site, "ada").load(inside)
            for cookie in (_signed_in(site, fake, "mallory"), {"Cookie": "session=forged"}, {}):
                said = Researcher(site, "mallory").load(cookie)
                assert words.SIGN_IN in said
                assert "<table" not in said


def test_where_nobody_is_named_there_is_no_such_address(running) -> None:
    for path in ("/login/huggingface", "/login/callback", "/logout"):
        assert running.site.client.get(path).status_code == 404
