"""The socket by which one process tells another what to do: for the user alone, and nobody's garbage harms it."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from voicebridge import control, paths
from voicebridge.control import Control, ask
from voicebridge.errors import Unavailable, UsageError, VoiceBridgeError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there it is a named pipe, which is proven nowhere yet")


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="vb") as folder:  # a socket's path has some hundred characters at most
        monkeypatch.setenv("VOICEBRIDGE_HOME", folder)
        yield Path(folder)


def answer(do: str) -> None:
    if do == "fail":
        raise UsageError("That can't be done.")
    told.append(do)


told: list[str] = []


@pytest.fixture
def listening(home: Path) -> Iterator[Control]:
    told.clear()
    with closing(Control(answer)) as listener:
        yield listener


def test_what_is_asked_is_done_before_the_answer_comes(listening: Control) -> None:
    ask("start")
    ask("stop")
    assert told == ["start", "stop"]


def test_a_failure_comes_back_as_it_was_said(listening: Control) -> None:
    with pytest.raises(VoiceBridgeError, match="That can't be done"):
        ask("fail")


def test_asking_where_nobody_listens_names_the_command_that_makes_somebody_listen(home: Path) -> None:
    with pytest.raises(Unavailable, match="voicebridge dictate"):
        ask("start")


def test_a_second_listener_is_refused(listening: Control) -> None:
    with pytest.raises(UsageError, match="listening already"):
        Control(answer)


def test_only_the_user_can_reach_it(listening: Control) -> None:
    folder = paths.runtime_dir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "control").stat().st_mode) == 0o600


def test_what_a_killed_process_left_is_no_hindrance(home: Path) -> None:
    code = "import os, signal; from voicebridge.control import Control; Control(print); os.kill(os.getpid(), signal.SIGKILL)"
    done = subprocess.run([sys.executable, "-c", code], check=False)
    assert done.returncode < 0
    assert (paths.runtime_dir() / "control").exists()
    with closing(Control(answer)):
        ask("start")


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\x00",
        b"\xff" * 64,
        b"\x7f\xff\xff\xff",
        b"\x00\x00\x00\x02{}",
        b"\x00\x00\x00\x04null",
        b'\x00\x00\x00\x03"a"',
        b"\x00\x00\x00\x64cut",
    ],
)
def test_garbage_and_half_requests_harm_nobody(listening: Control, sent: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as peer:
        peer.connect(str(paths.runtime_dir() / "control"))
        peer.sendall(sent)
        peer.shutdown(socket.SHUT_WR)
        peer.settimeout(control.PATIENCE + 5)
        with suppress(ConnectionResetError):  # hung up on, which is an answer too
            while peer.recv(4096):
                pass
    ask("start")
    assert told == ["start"]


def test_a_request_that_is_nested_without_end_is_refused(listening: Control) -> None:
    with socket.socket(socket.AF_UNIX) as peer:
        peer.connect(str(paths.runtime_dir() / "control"))
        sent = b"[" * 50_000
        peer.sendall(len(sent).to_bytes(4, "big") + sent)
        assert b'"ok": false' in peer.recv(4096)
    ask("start")


def test_a_peer_that_says_nothing_keeps_nobody_waiting(listening: Control) -> None:
    silent = [socket.socket(socket.AF_UNIX) for _ in range(20)]
    for peer in silent:
        peer.connect(str(paths.runtime_dir() / "control"))
    ask("start")
    assert told == ["start"]
    for peer in silent:
        peer.close()


def test_another_version_is_told_what_this_one_understands(listening: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        control, "_to_bytes", lambda value: b'{"version": 2, "do": "start"}' if "do" in value else b'{"ok": false, "error": "?"}'
    )
    with pytest.raises(VoiceBridgeError):
        ask("start")
    assert told == []


def test_a_home_with_a_name_too_long_for_a_socket_has_one_all_the_same(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEBRIDGE_HOME", str(home / ("long" * 40)))
    with closing(Control(answer)):
        ask("start")
        place = Path(control._address()).parent
        assert stat.S_IMODE(place.stat().st_mode) == 0o700
    shutil.rmtree(place)


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="owners are of POSIX")
def test_a_socket_of_another_user_is_not_told_anything(listening: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    with pytest.raises(Unavailable):
        ask("start")
    assert told == []
