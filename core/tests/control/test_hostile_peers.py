"""Invalid input and floods of connections do no harm."""

from __future__ import annotations

import json
import os
import socket
import stat
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from voicebridge import control, paths
from voicebridge.control import FIRST, LARGEST, Control, Peer, ask, server
from voicebridge.errors import VoiceBridgeError
from voicebridge.testing.processes import PATIENCE, wait_until

if TYPE_CHECKING:
    from core.tests.control.conftest import Told

if sys.platform == "win32":
    pytest.skip("there it is a named pipe: plugins/os_windows/tests", allow_module_level=True)


def path() -> Path:
    return paths.runtime_dir() / "control"


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"", ""),
        (b"\n", "one JSON object"),
        (b"\x00\xff\n", "one JSON object"),
        (b"null\n", "one JSON object"),
        (b"[" * 50_000 + b"\n", "one JSON object"),
        (b'{"version": 1}\n', r"needs \"do\""),
        (b'{"version": 1, "do": ["start"]}\n', r"needs \"do\""),
        (b'{"version": 1, "do": "\\ud800"}\n', "can't do"),
        (b'{"version": 1, "do": "start"}', ""),
        (b"x" * (FIRST + 1), "longer than 65,536"),
        (b"x" * FIRST * 20, "longer than 65,536"),
        (b'{"version": 1, "do": "start", "x": "' + b"x" * FIRST + b'"}\n', "longer than 65,536"),
    ],
)
def test_garbage_and_half_requests_harm_nobody_and_are_told_what_is_wrong(
    listening: Control, told: Told, sent: bytes, answer: str, connected: Callable[..., socket.socket], rest: Callable[..., bytes]
) -> None:
    with connected() as peer:
        with suppress(BrokenPipeError, ConnectionResetError):
            peer.sendall(sent)
            peer.shutdown(socket.SHUT_WR)
        came = rest(peer).decode()
    assert answer in came if answer else came == ""
    assert came == "" or json.loads(came)["ok"] is False
    assert told.names == []
    ask("start")


def test_one_that_says_nothing_or_half_a_line_is_dropped_after_a_bound(
    listening: Control,
    monkeypatch: pytest.MonkeyPatch,
    connected: Callable[..., socket.socket],
    rest: Callable[..., bytes],
    peer_threads: Callable[..., list[threading.Thread]],
) -> None:
    monkeypatch.setattr(server, "PATIENCE", 0.2)
    with connected() as silent, connected() as half:
        half.sendall(b'{"version": 1')
        for peer in (silent, half):
            assert json.loads(rest(peer))["ok"] is False
    wait_until(lambda: len(peer_threads()) == 1, "the threads of those who were dropped to end")


def test_one_that_takes_no_answers_holds_its_own_thread_alone_and_not_for_ever(
    listening: Control,
    monkeypatch: pytest.MonkeyPatch,
    connected: Callable[..., socket.socket],
    peer_threads: Callable[..., list[threading.Thread]],
) -> None:
    monkeypatch.setattr(control.peer, "TAKEN_WITHIN", 0.2)
    monkeypatch.setattr(Peer.send, "__defaults__", (0.2,))
    with connected() as deaf:
        deaf.sendall(b'{"version": 1, "do": "count", "to": 1000000}\n')
        assert ask("count", to=3)["counted"] == 3
        wait_until(lambda: len(peer_threads()) == 1, "the thread of one who takes nothing to end")


def test_a_half_closed_peer_is_answered(listening: Control, connected: Callable[..., socket.socket], rest: Callable[..., bytes]) -> None:
    with connected() as peer:
        peer.sendall(b'{"version": 1, "do": "start"}\n')
        peer.shutdown(socket.SHUT_WR)
        assert rest(peer) == b'{"ok":true}\n'


def test_one_that_is_gone_before_its_answer_comes_harms_nobody(
    listening: Control, told: Told, connected: Callable[..., socket.socket], peer_threads: Callable[..., list[threading.Thread]]
) -> None:
    for _ in range(50):
        with connected() as peer:
            peer.sendall(b'{"version": 1, "do": "count", "to": 1000}\n')
    ask("start")
    wait_until(lambda: len(peer_threads()) == 1, "the threads of those who are gone to end")


def test_a_flood_of_silent_peers_keeps_nobody_out(
    listening: Control,
    told: Told,
    connected: Callable[..., socket.socket],
    rest: Callable[..., bytes],
    peer_threads: Callable[..., list[threading.Thread]],
) -> None:
    with ExitStack() as stack:
        flood = [stack.enter_context(connected()) for _ in range(server.MOST_PEERS * 3)]
        for number in range(10):
            assert ask("count", to=number, seconds=PATIENCE)["counted"] == number
        assert len(peer_threads()) <= server.MOST_PEERS + 2
        assert b"busy" in rest(flood[0])
    wait_until(lambda: len(peer_threads()) == 1, "the threads of the flood to end")


def test_one_too_many_is_told_so_and_gets_its_turn_when_another_is_done(
    listening: Control, told: Told, monkeypatch: pytest.MonkeyPatch, peer_threads: Callable[..., list[threading.Thread]]
) -> None:
    monkeypatch.setattr(server, "MOST_PEERS", 3)
    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(ask, "wait", 20) for _ in range(3)]
        wait_until(lambda: len(peer_threads()) == 4 and not listening._silent, "three to be served")
        with pytest.raises(VoiceBridgeError, match="already has 3 connections. Try again in a moment"):
            ask("start", seconds=0.05)
        late = pool.submit(ask, "start", 20)
        told.go_on.set()
        assert late.result() == {"ok": True}
        assert [each.result() for each in waiting] == [{"ok": True}] * 3


def test_a_flood_of_bytes_is_cut_off(listening: Control, connected: Callable[..., socket.socket]) -> None:
    sent = 0
    with connected() as peer, suppress(BrokenPipeError, ConnectionResetError):
        while sent < 100 * LARGEST:
            sent += peer.send(b"x" * 65536)
    assert sent < 2 * LARGEST
    ask("start")


def test_many_ask_at_once_and_each_gets_its_own_answer(listening: Control) -> None:
    with ThreadPoolExecutor(16) as pool:
        assert [each["counted"] for each in pool.map(lambda number: ask("count", to=number, seconds=PATIENCE), range(200))] == list(
            range(200)
        )


def test_files_that_other_threads_make_meanwhile_keep_their_permissions(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "umask", lambda _mask: pytest.fail("the mask is every thread's"))
    with closing(Control({})):
        assert stat.S_IMODE(path().stat().st_mode) == 0o600


def test_a_process_without_files_left_to_open_goes_on_when_it_has_some_again(
    listening: Control, connected: Callable[..., socket.socket], rest: Callable[..., bytes]
) -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    with connected() as first:
        highest = max(int(handle.name) for handle in Path("/dev/fd").iterdir())
        with socket.socket(socket.AF_UNIX) as starved:
            starved.settimeout(PATIENCE)
            resource.setrlimit(resource.RLIMIT_NOFILE, (highest, before[1]))
            try:
                starved.connect(str(path()))
                starved.sendall(b'{"version": 1, "do": "start"}\n')
                time.sleep(0)  # it tries, and can't
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, before)
            assert rest(starved) == b'{"ok":true}\n'
        first.sendall(b'{"version": 1, "do": "start"}\n')
        assert rest(first) == b'{"ok":true}\n'
