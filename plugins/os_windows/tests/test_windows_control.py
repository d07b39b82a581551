"""The named pipe for communication between VoiceBridge processes, on real Windows pipes. The core's tests do the same with sockets."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from multiprocessing.connection import Client
from pathlib import Path
from typing import Any

import pytest
from voicebridge.control import FIRST, LARGEST, Control, NoAnswerError, Peer, ask, converse, is_listening, server, verdict
from voicebridge.control.address import address
from voicebridge.errors import UnavailableError, UsageError, VoiceBridgeError

pytestmark = pytest.mark.skipif(sys.platform != "win32", reason="needs Windows, or Wine: make test-windows")

PATIENCE = 20.0
HOLD = """
import sys
from voicebridge.control import Control
Control({"hold": lambda request, peer: None})
print("listens", flush=True)
sys.stdin.read()
"""
ECHO = """
import sys
from voicebridge.control import Peer
peer = Peer.of_files(sys.stdin.buffer, sys.stdout.buffer)
while (message := peer.receive()) is not None:
    peer.send(message)
"""


def count(request: dict[str, Any], peer: Peer) -> dict[str, Any]:
    for number in range(request["to"]):
        peer.send({"event": number})
    return {"counted": request["to"]}


def echo(request: dict[str, Any], peer: Peer) -> None:
    while (message := peer.receive(PATIENCE)) is not None and "end" not in message:
        peer.send(message)


def refuse(request: dict[str, Any], peer: Peer) -> None:
    raise UsageError("That can't be done. Do something else.")


HANDLERS = {"count": count, "echo": echo, "refuse": refuse}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEBRIDGE_HOME", str(tmp_path))


@pytest.fixture
def listening() -> Iterator[Control]:
    with closing(Control(HANDLERS)) as listener:
        yield listener
    assert not threads()


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("control")]


def connected() -> Any:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return Client(address(), "AF_PIPE")
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.01)


def rest(peer: Any) -> bytes:
    came = b""
    with suppress(EOFError, OSError):
        while peer.poll(PATIENCE):
            came += peer.recv_bytes()
    return came


def test_questions_are_answered_and_failures_come_back_as_they_were_said(listening: Control) -> None:
    assert is_listening()
    assert ask("count", to=3) == {"counted": 3, "ok": True}
    with pytest.raises(UsageError, match=r"^That can't be done\. Do something else\.$"):
        ask("refuse")
    with converse("count", to=2) as peer:
        assert [peer.receive(PATIENCE) for _ in range(4)] == [{"event": 0}, {"event": 1}, {"counted": 2, "ok": True}, None]


def test_large_messages_go_both_ways(listening: Control) -> None:
    with converse("echo") as peer:
        for size in (1, FIRST, LARGEST - 100):
            peer.send({"x": "y" * size})
            assert peer.receive(PATIENCE) == {"x": "y" * size}
        with pytest.raises(NoAnswerError):
            peer.receive(0.05)
        peer.send({"end": True})
        assert verdict(peer.receive(PATIENCE)) == {"ok": True}


def test_one_listens_and_nobody_else(listening: Control) -> None:
    with pytest.raises(UsageError, match="already running in another process"):
        Control({})
    assert is_listening()


def test_asking_where_nobody_listens_says_how_to_start_it() -> None:
    assert not is_listening()
    with pytest.raises(UnavailableError, match="Start it: voicebridge daemon start"):
        ask("count", to=1)


def test_what_a_killed_process_left_is_no_hindrance() -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == b"listens"
        assert is_listening()
        process.kill()
        process.wait()
    assert not is_listening()
    with closing(Control(HANDLERS)):
        assert ask("count", to=1)["counted"] == 1


@pytest.mark.parametrize("sent", [b"\n", b"\xff\x00\n", b"null\n", b"[" * 50_000 + b"\n", b'{"version": 2}\n', b"x" * (FIRST + 1)])
def test_garbage_is_told_what_is_wrong_and_harms_nobody(listening: Control, sent: bytes) -> None:
    with connected() as peer:
        peer.send_bytes(sent)
        assert b'"ok":false' in rest(peer)
    assert ask("count", to=1)["counted"] == 1


def test_half_requests_and_silence_are_dropped(listening: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "PATIENCE", 0.3)
    with connected() as half, connected() as silent:
        half.send_bytes(b'{"version": 1')
        assert b'"ok":false' in rest(half)
        assert b'"ok":false' in rest(silent)
    assert ask("count", to=1)["counted"] == 1


def test_a_flood_of_silent_peers_keeps_nobody_out(listening: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "MOST_PEERS", 8)
    with ExitStack() as stack:
        for _ in range(30):
            stack.enter_context(connected())
        assert ask("count", seconds=PATIENCE, to=5)["counted"] == 5
        until = time.monotonic() + PATIENCE
        while len(threads()) > 1 + 8:  # rejected ones take a moment to end
            assert time.monotonic() < until
            time.sleep(0.01)


def test_closing_ends_conversations_that_wait_in_either_direction() -> None:
    listening = Control(HANDLERS)
    with converse("echo") as waits, converse("count", to=1_000_000) as deaf:
        waits.send({"x": 1})
        assert waits.receive(PATIENCE) == {"x": 1}
        assert deaf.receive(PATIENCE) == {"event": 0}
        listening.close()
        assert threads() == []
        with suppress(VoiceBridgeError):
            assert waits.receive(PATIENCE) is None


def test_a_process_is_talked_with_over_its_standard_streams() -> None:
    with subprocess.Popen([sys.executable, "-c", ECHO], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        with closing(Peer.of_files(process.stdout, process.stdin)) as peer:
            for size in (1, 500_000):
                peer.send({"x": "y" * size})
                assert peer.receive(PATIENCE) == {"x": "y" * size}
            with pytest.raises(NoAnswerError):
                peer.receive(0.05)
            process.kill()
            assert peer.receive(PATIENCE) is None


def test_one_daemon_runs_for_each_user() -> None:
    from voicebridge.daemon.instance import Instance, running_pid

    with Instance():
        assert running_pid() == os.getpid()
        with pytest.raises(UsageError, match="is already running"), Instance():
            pass
    assert running_pid() is None
