"""Requests over the socket, and their answers."""

from __future__ import annotations

import json
import logging
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from voicebridge.control import FIRST, LARGEST, Control, ask, converse, is_listening, verdict
from voicebridge.errors import UnavailableError, UsageError, VoiceBridgeError

if TYPE_CHECKING:
    from core.tests.control.conftest import Told

if sys.platform == "win32":
    pytest.skip("there it is a named pipe: plugins/os_windows/tests", allow_module_level=True)


def test_what_is_asked_is_done_before_the_answer_comes(listening: Control, told: Told) -> None:
    assert ask("start", loud=True) == {"ok": True}
    ask("stop")
    assert told.names == ["start", "stop"]
    assert told.requests[0] == {"version": 1, "do": "start", "loud": True}


def test_an_answer_may_say_more_and_lines_may_come_before_it(listening: Control) -> None:
    assert ask("count", to=3)["counted"] == 3
    with converse("count", to=2) as peer:
        assert [peer.receive(5) for _ in range(3)] == [{"event": 0}, {"event": 1}, {"counted": 2, "ok": True}]
        assert peer.receive(5) is None


def test_both_sides_may_go_on_talking_in_lines_that_are_longer_than_the_first(listening: Control) -> None:
    with converse("echo") as peer:
        for size in (1, FIRST, LARGEST - 100):
            peer.send({"x": "y" * size})
            assert peer.receive(20) == {"x": "y" * size}
        peer.send({"end": True})
        assert verdict(peer.receive(5)) == {"ok": True}


@pytest.mark.parametrize(("how", "kind", "code"), [("usage", UsageError, 2), ("model", VoiceBridgeError, 1)])
def test_a_failure_comes_back_as_it_was_said_and_ends_a_command_alike(listening: Control, how: str, kind: type, code: int) -> None:
    with pytest.raises(kind, match=r"^That can't be done\. Do something else\.$") as caught:
        ask("refuse", how=how)
    assert isinstance(caught.value, VoiceBridgeError)
    assert caught.value.exit_code == code


@pytest.mark.parametrize("how", ["raise", "inf", "object"])
def test_a_handler_that_fails_harms_its_request_alone_and_is_logged(listening: Control, caplog: pytest.LogCaptureFixture, how: str) -> None:
    with pytest.raises(VoiceBridgeError, match="fail failed with an internal error: .*Error.* See: voicebridge daemon logs"):
        ask("fail", how=how)
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [(logging.ERROR, "fail failed inside.")]
    ask("start")


def test_what_nobody_can_do_is_told_with_what_can_be_done(listening: Control) -> None:
    with pytest.raises(UsageError, match=r"can't do 'strat'; it can do start, stop.*Did you mean 'start'"):
        ask("strat")


def test_another_version_is_told_what_to_do(
    listening: Control, told: Told, connected: Callable[..., socket.socket], rest: Callable[..., bytes]
) -> None:
    for request in ({"do": "start"}, {"version": 2, "do": "start"}, {"version": True and "1", "do": "start"}):
        with connected() as peer:
            peer.sendall(json.dumps(request).encode() + b"\n")
            answer = json.loads(rest(peer))
        assert answer["ok"] is False
        assert "voicebridge daemon restart" in answer["error"]
    assert told.names == []


def test_asking_where_nobody_listens_names_the_command_that_makes_somebody_listen(home: Path) -> None:
    with pytest.raises(UnavailableError, match="not running. Start it: voicebridge daemon start"):
        ask("start")
    assert not is_listening()


def test_a_request_that_is_too_long_is_refused_before_it_is_sent(listening: Control) -> None:
    for size in (FIRST, LARGEST):
        with pytest.raises(UsageError, match="one line may have 65,536"):
            ask("start", text="x" * size)


def test_an_answer_that_does_not_come_is_not_waited_for_without_end(listening: Control, told: Told) -> None:
    with pytest.raises(UnavailableError, match=r"did not answer within 0\.05 s"):
        ask("wait", seconds=0.05)
    told.go_on.set()


def test_asking_loads_little() -> None:
    code = "import sys; from voicebridge.control import ask; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "pydantic", "rich", "typer", "multiprocessing", "asyncio", "ssl"} & set(loaded)
