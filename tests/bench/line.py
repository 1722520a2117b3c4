"""A kept-alive HTTP connection of one simulated visitor: a general client takes more of the two cores than the server."""

import asyncio
import gzip
import json
from typing import Any
from urllib.parse import urlsplit


class Line:
    """One connection, opened at the first request; asks for packed answers, as browsers do.

    Args:
        url: of the server.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = str(parts.hostname), int(parts.port or 80)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, path: str, sent: object) -> Any:
        """The JSON that comes back.

        Raises:
            ConnectionError: if the server goes away, or answers with anything but 200.
        """
        reader, writer = self._streams = self._streams or await asyncio.open_connection(self._host, self._port)
        body = json.dumps(sent).encode()
        head = f"POST {path} HTTP/1.1\r\nhost: {self._host}:{self._port}\r\naccept-encoding: gzip\r\n"
        head += f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        try:
            status, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().lower().strip().split("\r\n")
            headers = dict(line.split(": ", 1) for line in lines)
            answer = await reader.readexactly(int(headers["content-length"]))
        except asyncio.IncompleteReadError as error:
            raise ConnectionError("the server went away") from error
        if status.split()[1] != "200":
            raise ConnectionError(f"{path}: {status}")
        return json.loads(gzip.decompress(answer) if headers.get("content-encoding") == "gzip" else answer)

    def close(self) -> None:
        if self._streams:
            self._streams[1].close()
