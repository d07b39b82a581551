"""Shared by the tests of the control socket: a temporary folder, a listener, and the requests it received."""

from __future__ import annotations

import socket
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from voicebridge import paths
from voicebridge.control import Control, Peer
from voicebridge.errors import ModelError, UsageError
from voicebridge.testing.processes import PATIENCE


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="vb") as folder:  # a socket's path is limited to about a hundred characters
        monkeypatch.setenv("VOICEBRIDGE_HOME", folder)
        yield Path(folder)


class Told:
    """Records requests and answers them as configured."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.requests: list[Mapping[str, Any]] = []
        self.go_on = threading.Event()

    def note(self, request: dict[str, Any], peer: Peer) -> None:
        self.names.append(request["do"])
        self.requests.append(request)

    def count(self, request: dict[str, Any], peer: Peer) -> dict[str, Any]:
        for number in range(request["to"]):
            peer.send({"event": number})
        return {"counted": request["to"]}

    def echo(self, request: dict[str, Any], peer: Peer) -> None:
        while (message := peer.receive(20)) is not None and "end" not in message:
            peer.send(message)

    def wait(self, request: dict[str, Any], peer: Peer) -> None:
        self.go_on.wait(PATIENCE)

    def refuse(self, request: dict[str, Any], peer: Peer) -> None:
        raise {"usage": UsageError, "model": ModelError}[request["how"]]("That can't be done. Do something else.")

    def fail(self, request: dict[str, Any], peer: Peer) -> dict[str, Any]:
        return (
            {"x": float("inf")}
            if request.get("how") == "inf"
            else {"x": object()}
            if request.get("how") == "object"
            else request["no such"]
        )


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def listening(home: Path, told: Told) -> Iterator[Control]:
    handlers = {"start": told.note, "stop": told.note, "count": told.count, "echo": told.echo, "wait": told.wait}
    with closing(Control({**handlers, "refuse": told.refuse, "fail": told.fail})) as listener:
        yield listener


def path() -> Path:
    return paths.runtime_dir() / "control"


@pytest.fixture
def connected() -> Callable[..., socket.socket]:
    """A connected peer that has sent nothing."""

    def connected() -> socket.socket:
        peer = socket.socket(socket.AF_UNIX)
        peer.connect(str(path()))  # waits in the backlog
        peer.settimeout(PATIENCE)
        return peer

    return connected


@pytest.fixture
def rest() -> Callable[..., bytes]:
    """Everything received until the other side closes the connection."""

    def rest(peer: socket.socket) -> bytes:
        came = bytearray()
        with suppress(ConnectionResetError):
            while chunk := peer.recv(65536):
                came += chunk
        return bytes(came)

    return rest


@pytest.fixture
def peer_threads() -> Callable[..., list[threading.Thread]]:
    """The threads that serve peers."""

    def peer_threads() -> list[threading.Thread]:
        return [thread for thread in threading.enumerate() if thread.name.startswith("control")]

    return peer_threads
