"""One side of a connection: whole messages, limits on size and time, and an end that both sides notice."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from voicebridge.control import LARGEST, NoAnswerError, Peer
from voicebridge.errors import UnavailableError
from voicebridge.testing.processes import PATIENCE, killed_after
from voicebridge.testing.threads import run_together

if sys.platform == "win32":
    pytest.skip("there it is a named pipe: plugins/os_windows/tests", allow_module_level=True)

from voicebridge.control.transport_posix import SocketWire


def over_sockets() -> tuple[Peer, Peer]:
    one, other = socket.socketpair()
    return Peer(SocketWire(one)), Peer(SocketWire(other))


def over_pipes() -> tuple[Peer, Peer]:
    here, there = os.pipe(), os.pipe()
    return (
        Peer.of_files(os.fdopen(there[0], "rb"), os.fdopen(here[1], "wb")),
        Peer.of_files(os.fdopen(here[0], "rb"), os.fdopen(there[1], "wb")),
    )


@pytest.fixture(params=[over_sockets, over_pipes])
def peers(request: pytest.FixtureRequest) -> Iterator[tuple[Peer, Peer]]:
    one, other = request.param()
    with closing(one), closing(other):
        yield one, other


@pytest.fixture
def raw() -> Iterator[tuple[socket.socket, Peer]]:
    """A socket that can send anything to a peer."""
    one, other = socket.socketpair()
    with one, closing(Peer(SocketWire(other))) as peer:
        yield one, peer


def handles() -> set[str]:
    return {handle.name for handle in Path("/dev/fd").iterdir()}


def send(peer: Peer, times: int, message: dict[str, Any], seconds: float | None = 20) -> None:
    for _ in range(times):
        peer.send(message, seconds)


def test_messages_arrive_whole_and_in_order(peers: tuple[Peer, Peer]) -> None:
    one, other = peers
    sent: list[dict[str, Any]] = [{"a": 1}, {"text": "línea\nnueva 日本 \u2028"}, {}, {"deep": [{"x": None}]}]
    for message in sent:
        one.send(message)
    assert [other.receive(5) for _ in sent] == sent


def test_the_largest_message_goes_both_ways_at_once(peers: tuple[Peer, Peer]) -> None:
    large = {"x": "y" * (LARGEST - 8)}

    def talk(peer: Peer) -> Callable[[], None]:
        def run() -> None:
            with ThreadPoolExecutor(1) as pool:
                sent = pool.submit(send, peer, 3, large)
                assert [peer.receive(20) for _ in range(3)] == [large] * 3
                sent.result()

        return run

    run_together([talk(peer) for peer in peers], 60)


def test_what_is_too_large_is_not_even_begun(peers: tuple[Peer, Peer]) -> None:
    one, other = peers
    with pytest.raises(ValueError, match="one line may have"):
        one.send({"x": "y" * LARGEST})
    with pytest.raises(ValueError):
        one.send({"x": float("nan")})
    with pytest.raises(TypeError):
        one.send({"x": object()})
    one.send({"fine": True})
    assert other.receive(5) == {"fine": True}


def test_many_threads_may_send_and_no_message_gets_into_another(peers: tuple[Peer, Peer]) -> None:
    one, other = peers
    with ThreadPoolExecutor(4) as pool:
        for number in range(4):
            pool.submit(send, one, 20, {"from": number, "x": "y" * 20_000})
        received = [other.receive(20) for _ in range(80)]
    assert sorted(message["from"] for message in received if message) == sorted(list(range(4)) * 20)


def test_silence_is_told_from_an_end(peers: tuple[Peer, Peer]) -> None:
    one, other = peers
    with pytest.raises(NoAnswerError):
        other.receive(0.01)
    with pytest.raises(NoAnswerError):
        other.receive(0)
    one.send({"late": 1})
    assert other.receive(5) == {"late": 1}
    one.close()
    assert other.receive(5) is None
    assert other.receive() is None


def test_what_was_sent_before_the_end_is_received(peers: tuple[Peer, Peer]) -> None:
    one, other = peers
    one.send({"last": 1})
    one.close()
    assert other.receive(5) == {"last": 1}
    assert other.receive(5) is None


def test_sending_to_one_that_has_ended_says_so(peers: tuple[Peer, Peer]) -> None:
    one, other = peers
    other.close()
    with pytest.raises(UnavailableError, match="closed the connection"):
        send(one, 100, {"x": "y" * 10_000})
    one.close()
    with pytest.raises(UnavailableError, match="closed the connection"):
        one.send({})


def test_closing_ends_whoever_waits(peers: tuple[Peer, Peer]) -> None:
    one, other = peers
    with ThreadPoolExecutor(2) as pool:
        receiving = pool.submit(other.receive)
        sending = pool.submit(send, one, 50, {"x": "y" * 900_000}, None)
        with pytest.raises(TimeoutError):
            sending.result(0.2)
        other_got = receiving.result(PATIENCE)
        assert other_got is not None
        waiting = pool.submit(lambda: [None for _ in iter(other.receive, None)])  # everything up to the end
        one.close()
        with pytest.raises(UnavailableError):
            sending.result(PATIENCE)
        waiting.result(PATIENCE)
    assert one.receive(0.1) is None


def test_closing_twice_and_from_many_threads_does_no_harm_and_gives_all_back() -> None:
    before = handles()
    for make in (over_sockets, over_pipes) * 20:
        one, other = make()
        with ThreadPoolExecutor(4) as pool:
            waiting = [pool.submit(one.receive), pool.submit(other.receive)]
            for peer in (one, other, one, other):
                pool.submit(peer.close)
            assert [each.result(PATIENCE) for each in waiting] == [None, None]
    assert handles() == before


def test_one_who_takes_nothing_is_given_up(peers: tuple[Peer, Peer]) -> None:
    one, other = peers
    with pytest.raises(UnavailableError, match=r"not read for 0\.1 s"):
        send(one, 10, {"x": "y" * 900_000}, 0.1)
    with pytest.raises(UnavailableError):  # half a line was sent, so nothing can follow it
        one.send({})
    while other.receive(5) is not None:
        pass


@pytest.mark.parametrize("sent", [b"\n", b"null\n", b"[1]\n", b'"a"\n', b"{\n", b"\xff\xfe\n", b"[" * 60_000 + b"\n", b"1" * 5_000 + b"\n"])
def test_garbage_is_no_message_and_the_next_one_may_be(raw: tuple[socket.socket, Peer], sent: bytes) -> None:
    one, peer = raw
    one.sendall(sent + b'{"next": 1}\n')
    with pytest.raises(UnavailableError, match="one JSON object in one line"):
        peer.receive(5)
    assert peer.receive(5) == {"next": 1}


def test_a_line_without_an_end_is_given_up_at_the_limit(raw: tuple[socket.socket, Peer]) -> None:
    one, peer = raw
    peer.limit = 1000
    one.sendall(b"x" * 999)
    with pytest.raises(NoAnswerError):
        peer.receive(0.01)
    one.sendall(b"xx")
    with pytest.raises(UnavailableError, match="longer than 1,000 bytes"):
        peer.receive(5)


def test_a_line_that_comes_in_drips_is_given_up_after_a_bound(raw: tuple[socket.socket, Peer], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voicebridge.control.peer.PATIENCE", 0.3)
    one, peer = raw
    with ThreadPoolExecutor(1) as pool:
        given_up = pool.submit(peer.receive)
        while not given_up.done():
            one.sendall(b"x")
            time.sleep(0.01)
        with pytest.raises(UnavailableError, match=r"not complete within 0\.3 s") as caught:
            given_up.result()
    assert not isinstance(caught.value, NoAnswerError)


def test_half_a_line_at_the_end_is_no_message(raw: tuple[socket.socket, Peer]) -> None:
    one, peer = raw
    one.sendall(b'{"whole": 1}\n{"half')
    one.close()
    assert peer.receive(5) == {"whole": 1}
    assert peer.receive(5) is None


def test_one_that_has_said_all_may_still_be_answered(raw: tuple[socket.socket, Peer]) -> None:
    one, peer = raw
    one.sendall(b'{"last": 1}\n')
    one.shutdown(socket.SHUT_WR)
    assert peer.receive(5) == {"last": 1}
    assert peer.receive(5) is None
    peer.send({"answer": 1})
    assert one.recv(100) == b'{"answer":1}\n'


ECHO = """
import sys
from voicebridge.control import Peer
peer = Peer.of_files(sys.stdin.buffer, sys.stdout.buffer)
while (message := peer.receive()) is not None:
    peer.send(message)
"""


def test_a_process_is_talked_with_over_its_standard_streams() -> None:
    with subprocess.Popen([sys.executable, "-c", ECHO], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process, killed_after(process):
        assert process.stdin is not None
        assert process.stdout is not None
        with closing(Peer.of_files(process.stdout, process.stdin)) as peer:
            for size in (1, 100_000, 1_000_000):
                peer.send({"x": "y" * size})
                assert peer.receive(20) == {"x": "y" * size}
        assert process.wait(PATIENCE) == 0  # it notices that this side has ended


def test_a_process_that_is_killed_has_ended() -> None:
    with subprocess.Popen([sys.executable, "-c", ECHO], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process, killed_after(process):
        assert process.stdin is not None
        assert process.stdout is not None
        with closing(Peer.of_files(process.stdout, process.stdin)) as peer:
            peer.send({"x": 1})
            assert peer.receive(20) == {"x": 1}
            with ThreadPoolExecutor(1) as pool:
                waiting = pool.submit(peer.receive)
                process.kill()
                assert waiting.result(PATIENCE) is None
            process.wait(PATIENCE)  # its pipes are closed one after another
            with pytest.raises(UnavailableError, match="closed the connection"):
                peer.send({})
