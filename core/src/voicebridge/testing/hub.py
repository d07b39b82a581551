"""A stand-in for the hub, with correct and faulty answers."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

PAGE = b"<!DOCTYPE html><html><body>Sign in to the guest network</body></html>"
_STORAGE = "/storage/weights"
"""Large files are on another server, to which the hub redirects."""


class StandIn(ThreadingHTTPServer):
    """A local hub with one repository; its attributes set what goes wrong."""

    daemon_threads = True

    def __init__(self, repo: str, files: Mapping[str, bytes], large: str) -> None:
        """Serve ``files``, contents by path in the repository; ``large`` is the path of the weights."""
        super().__init__(("127.0.0.1", 0), _Handler)
        self.repo, self.large = repo, large
        self.commit = "0123456789abcdef0123456789abcdef01234567"
        self.files = dict(files)
        self.listed: bytes | None = None
        """The answer to a request for the file list, instead of the correct one."""
        self.listed_size = len(files[large])
        """The weights' entry in the list."""
        self.served = files[large]
        """The weights as sent."""
        self.cuts: list[int] = []
        """The number of bytes after which each coming answer with the weights breaks off."""
        self.ignores_ranges = False
        self.status = 200
        self.pages_for = ""
        """The end of the paths that are answered with a web page; empty for none."""
        self.asked: list[str] = []
        """The path of every request."""
        self.ranges: list[str | None] = []
        """The Range of every request for the weights."""
        self.tokens: list[str | None] = []
        """The Authorization of every request for the weights."""

    @property
    def address(self) -> str:
        """The value for ``HF_ENDPOINT``."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def listing(self) -> bytes:
        """The list of files."""
        siblings: list[dict[str, object]] = []
        for name, content in self.files.items():
            git_sha1 = hashlib.sha1(b"blob %d\0%b" % (len(content), content), usedforsecurity=False).hexdigest()
            entry: dict[str, object] = {"rfilename": name, "size": len(content), "blobId": git_sha1}
            if name == self.large:
                entry["lfs"] = {"sha256": hashlib.sha256(content).hexdigest(), "size": self.listed_size, "pointerSize": 134}
            siblings.append(entry)
        return json.dumps({"id": self.repo, "sha": self.commit, "siblings": siblings}).encode()


@contextmanager
def serving(stand_in: StandIn) -> Iterator[StandIn]:
    """Run the stand-in inside the block."""
    thread = threading.Thread(target=stand_in.serve_forever, kwargs={"poll_interval": 0.01}, name="hub stand-in")
    thread.start()
    try:
        yield stand_in
    finally:
        stand_in.shutdown()
        thread.join()
        stand_in.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: StandIn

    def log_message(self, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        path, server = unquote(urlsplit(self.path).path), self.server
        server.asked.append(path)
        name = path.partition(f"/{server.repo}/resolve/{server.commit}/")[2]
        if server.status != 200:
            self._answer(server.status, b"{}")
        elif server.pages_for and path.endswith(server.pages_for):
            self._answer(200, PAGE, "text/html; charset=utf-8")
        elif path == f"/api/models/{server.repo}/revision/main":
            self._answer(200, server.listing() if server.listed is None else server.listed)
        elif path == _STORAGE:
            self._answer_with_weights()
        elif name == server.large:
            self._answer(302, b"", headers={"Location": _STORAGE, "X-Linked-Size": str(server.listed_size)})
        elif name in server.files:
            self._answer(200, server.files[name])
        else:
            self._answer(404, b"Entry not found", "text/plain", headers={"X-Error-Code": "EntryNotFound"})

    def _answer_with_weights(self) -> None:
        wanted, content = self.headers.get("Range"), self.server.served
        self.server.ranges.append(wanted)
        self.server.tokens.append(self.headers.get("Authorization"))
        cut = self.server.cuts.pop(0) if self.server.cuts else None
        if wanted is None or self.server.ignores_ranges:
            self._answer(200, content, cut=cut)
        elif (start := int(wanted.removeprefix("bytes=").removesuffix("-"))) >= len(content):
            self._answer(416, b"")
        else:
            self._answer(206, content[start:], cut=cut, headers={"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"})

    def _answer(
        self, status: int, body: bytes, kind: str = "application/json", cut: int | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Repo-Commit", self.server.commit)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[:cut])
