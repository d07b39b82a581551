"""Arbitrary input in arbitrary chunks does not harm the control socket: it keeps answering and leaks nothing."""

from __future__ import annotations

import json
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from voicebridge import paths
from voicebridge.control import VERSION, Control, Peer, ask
from voicebridge.testing.processes import PATIENCE, wait_until

if sys.platform == "win32":
    pytest.skip("there it is a named pipe: plugins/os_windows/tests", allow_module_level=True)

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)
REQUESTS = st.fixed_dictionaries(
    {"version": st.just(VERSION) | VALUES, "do": st.sampled_from(["echo", "fail"]) | VALUES}, optional={"x": VALUES, "ok": VALUES}
).map(lambda request: json.dumps(request).encode() + b"\n")
LINES = st.binary(max_size=200) | VALUES.map(lambda value: json.dumps(value).encode() + b"\n") | REQUESTS
DAMAGED = st.builds(
    lambda line, at, byte: line[: at % len(line)] + bytes([byte]) + line[at % len(line) + 1 :],
    REQUESTS,
    st.integers(0),
    st.integers(0, 255),
)
SENT = st.lists(LINES | DAMAGED, min_size=1, max_size=5)


def echo(request: dict[str, Any], peer: Peer) -> dict[str, Any]:
    peer.send({"event": request.get("x")})
    return {"x": request.get("x")}


def fail(request: dict[str, Any], peer: Peer) -> None:
    raise RuntimeError(str(request))


@pytest.fixture
def listening(monkeypatch: pytest.MonkeyPatch) -> Iterator[Control]:
    """A listener that must have released all threads and files at the end."""
    with tempfile.TemporaryDirectory(prefix="vb") as home:
        monkeypatch.setenv("VOICEBRIDGE_HOME", home)
        before = open_files()
        with closing(Control({"echo": echo, "fail": fail})) as control:
            yield control
            wait_until(lambda: not [each for each in threading.enumerate() if each.name == "control-peer"], "the threads of peers to end")
        assert open_files() == before


def open_files() -> int:
    return len(list(Path("/dev/fd").iterdir()))


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(pieces=SENT, half=st.booleans(), hangs_up=st.booleans())
def test_anything_in_any_pieces_is_answered_in_whole_lines_or_not_at_all(
    listening: Control, rest: Callable[[socket.socket], bytes], pieces: list[bytes], half: bool, hangs_up: bool
) -> None:
    with socket.socket(socket.AF_UNIX) as peer:
        peer.connect(str(paths.runtime_dir() / "control"))
        peer.settimeout(PATIENCE)
        with suppress(BrokenPipeError, ConnectionResetError):
            for piece in pieces:
                peer.sendall(piece[: len(piece) // 2] if half and piece is pieces[-1] else piece)
        if not hangs_up:
            with suppress(OSError):
                peer.shutdown(socket.SHUT_WR)
            lines = rest(peer).split(b"\n")
            assert lines.pop() == b""
            answers = [json.loads(line) for line in lines]
            assert all(isinstance(answer, dict) for answer in answers)
            assert ["ok" in answer for answer in answers] in ([], [True], [False, True])
            if answers and not answers[-1]["ok"]:
                assert "\n" not in answers[-1]["error"]
    assert ask("echo", x=1)["x"] == 1
