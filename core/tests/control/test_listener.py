"""Which process listens where, with which permissions, and what remains after closing."""

from __future__ import annotations

import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from voicebridge import paths
from voicebridge.control import Control, Peer, address, ask, converse, is_listening, server
from voicebridge.errors import UnavailableError, UsageError
from voicebridge.testing.processes import PATIENCE, killed_after, wait_until

if TYPE_CHECKING:
    from core.tests.control.conftest import Told

if sys.platform == "win32":
    pytest.skip("there it is a named pipe: plugins/os_windows/tests", allow_module_level=True)

HOLD = """
import sys
from voicebridge.control import Control
Control({"hold": lambda request, peer: {"request": request}})
print("listens", flush=True)
sys.stdin.read()
"""


def path() -> Path:
    return paths.runtime_dir() / "control"


def test_one_that_ends_before_it_answers_is_told_from_one_that_says_nothing(home: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD.replace('{"request": request}', "__import__('os')._exit(1)")],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process, killed_after(process):  # fmt: skip
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(UnavailableError, match="stopped before it answered"):
            ask("hold")


def test_a_second_listener_is_refused(listening: Control) -> None:
    with pytest.raises(UsageError, match="already running in another process"):
        Control({})
    assert is_listening()


def test_a_second_listener_is_refused_where_the_file_system_knows_no_locks(listening: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voicebridge.files.lock._lock", lambda handle: None)
    with pytest.raises(UsageError, match="already running in another process"):
        Control({})
    ask("start")


def test_of_many_that_begin_at_once_one_listens(home: Path) -> None:
    code = "import sys; from voicebridge.control import Control; sys.stdin.readline()\ntry: control = Control({})\nexcept Exception as error: print(type(error).__name__, flush=True)\nelse: print('listens', flush=True); sys.stdin.read()"  # noqa: E501
    with ExitStack() as stack:
        processes = [
            stack.enter_context(subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
            for _ in range(4)
        ]
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        said = [process.stdout.readline().strip() for process in processes if process.stdout is not None]
        assert sorted(said) == ["UsageError"] * 3 + ["listens"]
        assert is_listening()


def test_only_the_user_can_reach_it(listening: Control) -> None:
    assert stat.S_IMODE(path().parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(path().stat().st_mode) == 0o600


def test_a_folder_that_was_open_to_others_is_closed_to_them(home: Path) -> None:
    path().parent.mkdir()
    path().parent.chmod(0o777)
    with closing(Control({})):
        assert stat.S_IMODE(path().parent.stat().st_mode) == 0o700


def test_what_a_killed_process_left_is_no_hindrance(home: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process, killed_after(process):
        assert process.stdout is not None
        process.stdout.readline()
        assert is_listening()
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert path().exists()
    assert not is_listening()
    with pytest.raises(UnavailableError, match="not running"):
        ask("start")
    with closing(Control({"start": lambda request, peer: None})):
        ask("start")


def test_one_that_is_stopped_in_its_tracks_is_not_waited_for_without_end(home: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process, killed_after(process):
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGSTOP)
        assert is_listening()
        with pytest.raises(UnavailableError, match="did not answer"):
            ask("hold", seconds=0.2)
        with ExitStack() as stack, suppress(BlockingIOError):  # more than the backlog holds
            for _ in range(300):
                peer = stack.enter_context(socket.socket(socket.AF_UNIX))
                peer.setblocking(False)
                peer.connect(str(path()))
        assert is_listening()


def test_a_home_with_a_name_too_long_for_a_socket_has_one_all_the_same(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEBRIDGE_HOME", str(home / ("long" * 40)))
    with closing(Control({"start": lambda request, peer: None})):
        ask("start")
        folder = Path(address.address()).parent
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    shutil.rmtree(folder)


def test_nothing_is_left_when_it_is_closed(home: Path, told: Told, peer_threads: Callable[..., list[threading.Thread]]) -> None:
    with closing(Control({"start": told.note})):
        ask("start")
    assert not is_listening()
    assert not path().exists()
    assert peer_threads() == []
    with closing(Control({"start": told.note})):  # another may listen immediately
        ask("start")


def test_closing_ends_every_conversation_and_every_thread(
    home: Path,
    told: Told,
    monkeypatch: pytest.MonkeyPatch,
    connected: Callable[..., socket.socket],
    rest: Callable[..., bytes],
    peer_threads: Callable[..., list[threading.Thread]],
) -> None:
    monkeypatch.setattr(server, "_LAST", 10 * PATIENCE)  # they end because of the request, not this limit
    listening = Control({"echo": told.echo, "start": told.note})
    with ExitStack() as stack:
        peers = [stack.enter_context(converse("echo")) for _ in range(5)]
        silent = stack.enter_context(connected())
        for peer in peers:
            peer.send({"x": 1})
            assert peer.receive(5) == {"x": 1}
        listening.close()
        assert peer_threads() == []
        for peer in peers:
            with suppress(UnavailableError):
                assert peer.receive(5) is None
        assert rest(silent) == b""
    listening.close()


def test_an_answer_that_is_on_its_way_gets_out_before_the_end(home: Path) -> None:
    ended = threading.Event()

    def end(request: dict[str, Any], peer: Peer) -> dict[str, Any]:
        ended.set()
        return {"bye": True}

    listening = Control({"end": end})
    with ThreadPoolExecutor(1) as pool:
        for number in range(20):
            answer = pool.submit(ask, "end")
            ended.wait(PATIENCE)
            listening.close()
            assert answer.result()["bye"]
            if number < 19:
                ended.clear()
                listening = Control({"end": end})


def test_a_handler_may_close_it(home: Path, peer_threads: Callable[..., list[threading.Thread]]) -> None:
    def end(request: dict[str, Any], peer: Peer) -> None:
        control_of_it.close()

    control_of_it = Control({"end": end})
    with suppress(UnavailableError):  # it has closed its own connection
        ask("end")
    wait_until(lambda: not peer_threads(), "its threads to end")
