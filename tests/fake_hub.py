"""A FAKE of the Hugging Face Hub's HTTP interface on loopback: as much of it as publishing and pulling ask for.

It stands in the place of the real Hub, which tests cannot reach. Repositories are dictionaries, commits are copies of them,
uploads are kept by SHA-256, and it can be told to break off, to lie, or to refuse.
"""

import base64
import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN = "hf_fake"
USER = "ada"
SMALL = 2**12  # bytes; larger files and tables are uploaded before the commit, as large files are


@dataclass
class Repository:
    """A data set or a Space."""

    kind: str
    private: bool
    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)
    created_with: dict[str, Any] = field(default_factory=dict)
    hardware: str = ""

    def commit(self, files: dict[str, bytes]) -> str:
        """Add a commit to main; gives its id."""
        digest = hashlib.sha1(repr(sorted(files.items())).encode() + str(len(self.commits)).encode()).hexdigest()
        self.commits[digest], self.refs["main"] = files, digest
        return digest

    @property
    def files(self) -> dict[str, bytes]:
        return self.commits[self.refs["main"]]


@dataclass
class FakeHub:
    """What the fake holds, what was asked of it, and how it misbehaves."""

    url: str = ""
    repositories: dict[str, Repository] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    sent: dict[str, int] = field(default_factory=dict)
    """Bytes of each file that were downloaded."""
    break_after: int | None = None
    """A download ends after so many bytes, once."""
    lie: str = ""
    """A file whose content is sent wrong, in its right size; so is any other of the same content, which the client keeps once."""
    refuse: Callable[[str, str], int | None] = lambda method, path: None
    """An HTTP status to answer a request with."""

    def make(self, name: str, files: dict[str, bytes], kind: str = "dataset") -> str:
        """A repository of somebody, with one commit."""
        self.repositories[name] = Repository(kind, private=False)
        return self.repositories[name].commit(files)


class _Handler(BaseHTTPRequestHandler):
    hub: FakeHub
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _route(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.body = self.rfile.read(length)
        address = urlsplit(self.path)
        path, self.query = unquote(address.path), parse_qs(address.query)
        self.hub.asked.append(f"{self.command} {path}")
        if status := self.hub.refuse(self.command, path):
            return self._send(status, {"error": "refused"})
        for method, pattern, answer in _ROUTES:
            if method == self.command and (found := re.fullmatch(pattern, path)):
                return answer(self, *found.groups())
        return self._send(404, {"error": f"the fake does not know {self.command} {path}"})

    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = _route

    def _send(
        self, status: int, content: object = None, headers: dict[str, str] | None = None, data: bytes | None = None
    ) -> None:
        data = json.dumps(content).encode() if data is None else data
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def _refuse(self, status: int, code: str) -> None:
        self._send(status, {"error": code}, {"X-Error-Code": code, "X-Error-Message": code})

    def _repository(self, kind: str, name: str) -> Repository | None:
        repository = self.hub.repositories.get(name)
        known = self.headers.get("Authorization") == f"Bearer {TOKEN}"
        if repository is None or repository.kind != kind or (repository.private and not known):
            self._refuse(404 if known else 401, "RepoNotFound")
            return None
        return repository

    def _commit(self, repository: Repository, revision: str) -> str | None:
        commit = repository.refs.get(revision, revision)
        if commit not in repository.commits:
            self._refuse(404, "RevisionNotFound")
            return None
        return commit

    def _may_write(self, name: str) -> bool:
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self._send(401, {"error": "Invalid credentials"}, {"X-Error-Message": "Invalid credentials in Authorization header"})
            return False
        if name.split("/")[0] != USER:
            self._send(403, {"error": "Forbidden"})
            return False
        return True

    # what can be asked

    def whoami(self) -> None:
        if self.headers.get("Authorization") == f"Bearer {TOKEN}":
            self._send(200, {"name": USER, "type": "user", "orgs": []})
        else:
            self._send(401, {"error": "Invalid credentials"}, {"X-Error-Message": "Invalid credentials in Authorization header"})

    def create(self) -> None:
        asked = json.loads(self.body)
        name = f"{asked.get('organization') or USER}/{asked['name']}"
        if not self._may_write(name):
            return
        if name in self.hub.repositories:
            self._send(409, {"error": "You already created this repo"})
            return
        made = Repository(asked.get("type", "model"), asked.get("visibility") == "private", created_with=asked)
        made.commit({".gitattributes": b"*.parquet filter=lfs\n"})
        self.hub.repositories[name] = made
        self._send(200, {"url": f"{self.hub.url}/{made.kind}s/{name}", "name": name})

    def settings(self, kind: str, name: str) -> None:
        if self._may_write(name) and (repository := self._repository(kind, name)):
            repository.private = json.loads(self.body)["visibility"] == "private"
            self._send(200, {})

    def info(self, kind: str, name: str, revision: str | None = None) -> None:
        if (repository := self._repository(kind, name)) and (commit := self._commit(repository, revision or "main")):
            files = repository.commits[commit]
            siblings = [{"rfilename": path, "size": len(data), "blobId": "0" * 40} for path, data in files.items()]
            about = {"id": name, "sha": commit, "private": repository.private, "siblings": siblings, "tags": []}
            self._send(200, about, {"X-Repo-Commit": commit})

    def tree(self, kind: str, name: str, revision: str) -> None:
        if (repository := self._repository(kind, name)) and (commit := self._commit(repository, revision)):
            rows = [
                {"type": "file", "path": path, "size": len(data), "oid": hashlib.sha1(data).hexdigest()}
                for path, data in repository.commits[commit].items()
            ]
            self._send(200, rows)

    def resolve(self, kind: str, name: str, revision: str, path: str) -> None:
        if not ((repository := self._repository(kind, name)) and (commit := self._commit(repository, revision))):
            return
        if path not in repository.commits[commit]:
            self._refuse(404, "EntryNotFound")
            return
        data = repository.commits[commit][path]
        etag = hashlib.sha256(data).hexdigest()
        if data == repository.commits[commit].get(self.hub.lie):
            data = bytes(len(data))
        headers = {"ETag": f'"{etag}"', "X-Repo-Commit": commit, "Accept-Ranges": "bytes"}
        self._download(path, data, headers)

    def _download(self, path: str, data: bytes, headers: dict[str, str]) -> None:
        first = int(found[1]) if (found := re.fullmatch(r"bytes=(\d+)-.*", self.headers.get("Range", ""))) else 0
        if first:
            headers["Content-Range"] = f"bytes {first}-{len(data) - 1}/{len(data)}"
        part = data[first:]
        if self.command == "GET":
            self.hub.sent[path] = self.hub.sent.get(path, 0) + len(part)
        if self.command == "GET" and self.hub.break_after is not None and len(part) > self.hub.break_after:
            self._broken(part, headers)
            return
        self._send(206 if first else 200, headers=headers, data=part)

    def _broken(self, part: bytes, headers: dict[str, str]) -> None:
        """Promise all, send the beginning, and hang up."""
        self.send_response(200)
        for name, value in {"Content-Length": str(len(part)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(part[: self.hub.break_after])
        self.close_connection = True

    def preupload(self, kind: str, name: str, _: str) -> None:
        if not (self._may_write(name) and (repository := self._repository(kind, name))):
            return
        answers = []
        for file in json.loads(self.body)["files"]:
            large = file["size"] > SMALL or file["path"].endswith((".parquet", ".safetensors", ".faiss"))
            there = repository.files.get(file["path"])
            oid = None if there is None else hashlib.sha256(there).hexdigest() if large else _git_id(there)
            answers.append({"path": file["path"], "uploadMode": "lfs" if large else "regular", "shouldIgnore": False, "oid": oid})
        self._send(200, {"files": answers})

    def batch(self, name: str) -> None:
        if not self._may_write(name):
            return
        objects: list[dict[str, Any]] = []
        for wanted in json.loads(self.body)["objects"]:
            answer = {"oid": wanted["oid"], "size": wanted["size"]}
            if wanted["oid"] not in self.hub.blobs:
                answer["actions"] = {"upload": {"href": f"{self.hub.url}/blob/{wanted['oid']}"}}
            objects.append(answer)
        self._send(200, {"transfer": "basic", "objects": objects})

    def put_blob(self, digest: str) -> None:
        if hashlib.sha256(self.body).hexdigest() != digest:
            self._send(400, {"error": "another content"})
            return
        self.hub.blobs[digest] = self.body
        self._send(200, {})

    def commit(self, kind: str, name: str, _: str) -> None:
        if not (self._may_write(name) and (repository := self._repository(kind, name))):
            return
        files = dict(repository.files)
        for line in self.body.splitlines():
            key, value = (step := json.loads(line))["key"], step["value"]
            if key == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif key == "lfsFile":
                files[value["path"]] = self.hub.blobs[value["oid"]]
            elif key == "deletedFile":
                del files[value["path"]]
        digest = repository.commit(files)
        self._send(200, {"commitUrl": f"{self.hub.url}/{kind}s/{name}/commit/{digest}", "commitOid": digest})

    def set_hardware(self, name: str) -> None:
        if self._may_write(name) and (repository := self._repository("space", name)):
            repository.hardware = json.loads(self.body)["flavor"]
            self._send(200, {"stage": "BUILDING", "hardware": {"current": None, "requested": repository.hardware}})

    def yaml(self) -> None:
        self._send(200, {"errors": [], "warnings": []})


def _git_id(data: bytes) -> str:
    return hashlib.sha1(f"blob {len(data)}\0".encode() + data).hexdigest()


_KIND, _NAME, _REVISION = "(dataset|space|model)s", "([^/]+/[^/]+)", "([^/]+)"
_ROUTES: list[tuple[str, str, Callable[..., None]]] = [
    ("GET", "/api/whoami-v2", _Handler.whoami),
    ("POST", "/api/repos/create", _Handler.create),
    ("POST", "/api/validate-yaml", _Handler.yaml),
    ("GET", f"/api/{_KIND}/{_NAME}", _Handler.info),
    ("GET", f"/api/{_KIND}/{_NAME}/revision/{_REVISION}", _Handler.info),
    ("GET", f"/api/{_KIND}/{_NAME}/tree/{_REVISION}", _Handler.tree),
    ("POST", f"/api/{_KIND}/{_NAME}/preupload/{_REVISION}", _Handler.preupload),
    ("POST", f"/api/{_KIND}/{_NAME}/commit/{_REVISION}", _Handler.commit),
    ("PUT", f"/api/{_KIND}/{_NAME}/settings", _Handler.settings),
    ("POST", f"/api/spaces/{_NAME}/hardware", _Handler.set_hardware),
    ("POST", f"/(?:dataset|space)s/{_NAME}\\.git/info/lfs/objects/batch", _Handler.batch),
    ("PUT", "/blob/([0-9a-f]{64})", _Handler.put_blob),
    ("HEAD", f"/{_KIND}/{_NAME}/resolve/{_REVISION}/(.+)", _Handler.resolve),
    ("GET", f"/{_KIND}/{_NAME}/resolve/{_REVISION}/(.+)", _Handler.resolve),
]


@contextmanager
def fake_hub() -> Iterator[FakeHub]:
    """Serve an empty fake on a free loopback port while the block runs."""
    hub = FakeHub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": hub}))
    server.daemon_threads = True
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
