"""The socket by which one process tells another what to do: for the user alone, and neither garbage nor floods harm anybody."""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any

import pytest
from voicebridge import control, paths
from voicebridge.control import FIRST, LARGEST, Control, Peer, ask, converse, is_listening, place, server, verdict
from voicebridge.errors import ModelError, Unavailable, UsageError, VoiceBridgeError
from voicebridge.testing.processes import wait_until

if sys.platform == "win32":
    pytest.skip("there it is a named pipe: plugins/os_windows/tests", allow_module_level=True)

HOLD = """
import sys
from voicebridge.control import Control
Control({"hold": lambda request, peer: {"request": request}})
print("listens", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="vb") as folder:  # a socket's path has some hundred characters at most
        monkeypatch.setenv("VOICEBRIDGE_HOME", folder)
        yield Path(folder)


class Told:
    """What has been asked for, and what to do then."""

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
        self.go_on.wait(20)

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


def knock() -> socket.socket:
    peer = socket.socket(socket.AF_UNIX)
    peer.connect(str(path()))  # waits in the row
    peer.settimeout(20)
    return peer


def rest(peer: socket.socket) -> bytes:
    """All that comes until the other side has hung up."""
    came = bytearray()
    with suppress(ConnectionResetError):
        while chunk := peer.recv(65536):
            came += chunk
    return bytes(came)


def peer_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("control")]


# Asking


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
    with pytest.raises(VoiceBridgeError, match="fail failed inside: .*Error.* See: voicebridge daemon logs"):
        ask("fail", how=how)
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [(logging.ERROR, "fail failed inside.")]
    ask("start")


def test_what_nobody_can_do_is_told_with_what_can_be_done(listening: Control) -> None:
    with pytest.raises(UsageError, match=r"can't do 'strat'; it can do start, stop.*Did you mean 'start'"):
        ask("strat")


def test_another_version_is_told_what_to_do(listening: Control, told: Told) -> None:
    for request in ({"do": "start"}, {"version": 2, "do": "start"}, {"version": True and "1", "do": "start"}):
        with knock() as peer:
            peer.sendall(json.dumps(request).encode() + b"\n")
            answer = json.loads(rest(peer))
        assert answer["ok"] is False
        assert "voicebridge daemon restart" in answer["error"]
    assert told.names == []


def test_asking_where_nobody_listens_names_the_command_that_makes_somebody_listen(home: Path) -> None:
    with pytest.raises(Unavailable, match="not running. Start it: voicebridge daemon start"):
        ask("start")
    assert not is_listening()


def test_a_request_that_is_too_long_is_refused_before_it_is_sent(listening: Control) -> None:
    for size in (FIRST, LARGEST):
        with pytest.raises(UsageError, match="one line may have 65,536"):
            ask("start", text="x" * size)


def test_an_answer_that_does_not_come_is_not_waited_for_without_end(listening: Control, told: Told) -> None:
    with pytest.raises(Unavailable, match=r"not answered for 0\.05 s"):
        ask("wait", seconds=0.05)
    told.go_on.set()


def test_one_that_ends_before_it_answers_is_told_from_one_that_says_nothing(home: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD.replace('{"request": request}', "__import__('os')._exit(1)")],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # fmt: skip
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(Unavailable, match="has ended before it answered"):
            ask("hold")


# One of them, for one user


def test_a_second_listener_is_refused(listening: Control) -> None:
    with pytest.raises(UsageError, match="listening already"):
        Control({})
    assert is_listening()


def test_a_second_listener_is_refused_where_the_file_system_knows_no_locks(listening: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voicebridge.locked._lock", lambda handle: None)
    with pytest.raises(UsageError, match="listening already"):
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
    with subprocess.Popen([sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert is_listening()
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert path().exists()
    assert not is_listening()
    with pytest.raises(Unavailable, match="not running"):
        ask("start")
    with closing(Control({"start": lambda request, peer: None})):
        ask("start")


def test_one_that_is_stopped_in_its_tracks_is_not_waited_for_without_end(home: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGSTOP)
        try:
            began = time.monotonic()
            assert is_listening()
            with pytest.raises(Unavailable, match="not answered"):
                ask("hold", seconds=0.2)
            with ExitStack() as stack, suppress(BlockingIOError):  # more than wait in a row
                for _ in range(300):
                    peer = stack.enter_context(socket.socket(socket.AF_UNIX))
                    peer.setblocking(False)
                    peer.connect(str(path()))
            assert is_listening()
            assert time.monotonic() - began < 5
        finally:
            process.send_signal(signal.SIGCONT)
            process.kill()


def test_a_home_with_a_name_too_long_for_a_socket_has_one_all_the_same(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEBRIDGE_HOME", str(home / ("long" * 40)))
    with closing(Control({"start": lambda request, peer: None})):
        ask("start")
        folder = Path(place.address()).parent
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    shutil.rmtree(folder)


def test_nothing_is_left_when_it_is_closed(home: Path, told: Told) -> None:
    with closing(Control({"start": told.note})):
        ask("start")
    assert not is_listening()
    assert not path().exists()
    assert peer_threads() == []
    with closing(Control({"start": told.note})):  # and another may listen at once
        ask("start")


# Other users


@pytest.fixture
def nobody() -> int:
    if os.geteuid() != 0:
        pytest.skip("needs to be root, to become another user")
    return 65534


def as_user(uid: int, do: Callable[[], None]) -> int:
    """Run it in a process of another user's; what its ``do`` raises is its exit code 1."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.setgid(uid)
            os.setuid(uid)
            do()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def open_to_all(home: Path) -> None:
    """As if modes kept nobody out."""
    home.chmod(0o755)
    path().parent.chmod(0o755)
    path().chmod(0o666)


def say_as_other(answers: bytes) -> None:
    with knock() as peer, suppress(BrokenPipeError):
        peer.sendall(b'{"version": 1, "do": "start"}\n')
        if rest(peer) != answers:
            raise AssertionError


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_another_user_is_kept_out_by_the_modes_and_where_they_fail_by_the_system_s_word(
    listening: Control, home: Path, told: Told, nobody: int
) -> None:
    home.chmod(0o755)
    assert as_user(nobody, lambda: say_as_other(b"")) == 1
    open_to_all(home)
    assert as_user(nobody, lambda: say_as_other(b"")) == 0
    assert told.names == []
    ask("start")


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_socket_of_another_user_is_not_told_anything(listening: Control, home: Path, told: Told, nobody: int) -> None:
    open_to_all(home)
    os.chown(path(), nobody, nobody)
    with pytest.raises(Unavailable, match="not running"):
        ask("start")
    assert not is_listening()
    assert told.names == []


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_process_of_another_user_is_not_told_anything_whoever_owns_its_socket(home: Path, nobody: int) -> None:
    home.chmod(0o755)
    path().parent.mkdir(mode=0o777)
    path().parent.chmod(0o777)
    ready, listens = os.pipe()

    def pose() -> None:
        with socket.socket(socket.AF_UNIX) as fake:
            fake.bind(str(path()))
            fake.listen()
            os.write(listens, b"!")
            signal.pause()

    child = os.fork()
    if child == 0:
        os.setgid(nobody)
        os.setuid(nobody)
        pose()
    try:
        os.read(ready, 1)
        os.chown(path(), os.geteuid(), os.getegid())
        with pytest.raises(Unavailable, match="not running"):
            ask("start")
        assert not is_listening()
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(ready)
        os.close(listens)


def test_a_folder_of_another_user_is_not_listened_in(home: Path, nobody: int) -> None:
    path().parent.mkdir()
    os.chown(path().parent, nobody, nobody)
    with pytest.raises(Unavailable, match="another user's"):
        Control({})


def test_a_folder_that_leads_elsewhere_is_not_listened_in(home: Path) -> None:
    (home / "elsewhere").mkdir(mode=0o755)
    path().parent.symlink_to(home / "elsewhere")
    with pytest.raises(Unavailable, match="folder"):
        Control({})
    assert stat.S_IMODE((home / "elsewhere").stat().st_mode) == 0o755


# Garbage and floods


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"", ""),
        (b"\n", "one JSON object"),
        (b"\x00\xff\n", "one JSON object"),
        (b"null\n", "one JSON object"),
        (b"[" * 50_000 + b"\n", "one JSON object"),
        (b'{"version": 1}\n', "names what to do"),
        (b'{"version": 1, "do": ["start"]}\n', "names what to do"),
        (b'{"version": 1, "do": "\\ud800"}\n', "can't do"),
        (b'{"version": 1, "do": "start"}', ""),
        (b"x" * (FIRST + 1), "longer than 65,536"),
        (b"x" * FIRST * 20, "longer than 65,536"),
        (b'{"version": 1, "do": "start", "x": "' + b"x" * FIRST + b'"}\n', "longer than 65,536"),
    ],
)
def test_garbage_and_half_requests_harm_nobody_and_are_told_what_is_wrong(listening: Control, told: Told, sent: bytes, answer: str) -> None:
    with knock() as peer:
        with suppress(BrokenPipeError, ConnectionResetError):
            peer.sendall(sent)
            peer.shutdown(socket.SHUT_WR)
        came = rest(peer).decode()
    assert answer in came if answer else came == ""
    assert came == "" or json.loads(came)["ok"] is False
    assert told.names == []
    ask("start")


def test_one_that_says_nothing_or_half_a_line_is_dropped_after_a_bound(listening: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "PATIENCE", 0.2)
    with knock() as silent, knock() as half:
        half.sendall(b'{"version": 1')
        for peer in (silent, half):
            assert json.loads(rest(peer))["ok"] is False
    wait_until(lambda: len(peer_threads()) == 1, "the threads of those who were dropped to end")


def test_one_that_takes_no_answers_holds_its_own_thread_alone_and_not_for_ever(listening: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control.channel, "TAKEN_WITHIN", 0.2)
    monkeypatch.setattr(Peer.send, "__defaults__", (0.2,))
    with knock() as deaf:
        deaf.sendall(b'{"version": 1, "do": "count", "to": 1000000}\n')
        assert ask("count", to=3)["counted"] == 3
        wait_until(lambda: len(peer_threads()) == 1, "the thread of one who takes nothing to end")


def test_a_half_closed_peer_is_answered(listening: Control) -> None:
    with knock() as peer:
        peer.sendall(b'{"version": 1, "do": "start"}\n')
        peer.shutdown(socket.SHUT_WR)
        assert rest(peer) == b'{"ok":true}\n'


def test_one_that_is_gone_before_its_answer_comes_harms_nobody(listening: Control, told: Told) -> None:
    for _ in range(50):
        with knock() as peer:
            peer.sendall(b'{"version": 1, "do": "count", "to": 1000}\n')
    ask("start")
    wait_until(lambda: len(peer_threads()) == 1, "the threads of those who are gone to end")


def test_a_flood_of_silent_peers_keeps_nobody_out(listening: Control, told: Told) -> None:
    with ExitStack() as stack:
        flood = [stack.enter_context(knock()) for _ in range(server.MOST_PEERS * 3)]
        for number in range(10):
            assert ask("count", to=number, seconds=20)["counted"] == number
        assert len(peer_threads()) <= server.MOST_PEERS + 2
        assert b"busy" in rest(flood[0])
    wait_until(lambda: len(peer_threads()) == 1, "the threads of the flood to end")


def test_one_too_many_is_told_so_and_gets_its_turn_when_another_is_done(
    listening: Control, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "MOST_PEERS", 3)
    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(ask, "wait", 20) for _ in range(3)]
        wait_until(lambda: len(peer_threads()) == 4 and not listening._silent, "three to be served")
        with pytest.raises(VoiceBridgeError, match="busy with 3 others. Try again in a moment"):
            ask("start", seconds=0.05)
        late = pool.submit(ask, "start", 20)
        told.go_on.set()
        assert late.result() == {"ok": True}
        assert [each.result() for each in waiting] == [{"ok": True}] * 3


def test_a_flood_of_bytes_is_cut_off(listening: Control) -> None:
    sent = 0
    with knock() as peer, suppress(BrokenPipeError, ConnectionResetError):
        while sent < 100 * LARGEST:
            sent += peer.send(b"x" * 65536)
    assert sent < 2 * LARGEST
    ask("start")


def test_many_ask_at_once_and_each_gets_its_own_answer(listening: Control) -> None:
    with ThreadPoolExecutor(16) as pool:
        assert [each["counted"] for each in pool.map(lambda number: ask("count", to=number, seconds=20), range(200))] == list(range(200))


def test_files_that_other_threads_make_meanwhile_keep_their_permissions(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "umask", lambda _mask: pytest.fail("the mask is every thread's"))
    with closing(Control({})):
        assert stat.S_IMODE(path().stat().st_mode) == 0o600


def test_a_process_without_files_left_to_open_goes_on_when_it_has_some_again(listening: Control) -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    with knock() as first:
        highest = max(int(handle.name) for handle in Path("/dev/fd").iterdir())
        with socket.socket(socket.AF_UNIX) as starved:
            starved.settimeout(20)
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


# The end


def test_closing_ends_every_conversation_and_every_thread(home: Path, told: Told) -> None:
    listening = Control({"echo": told.echo, "start": told.note})
    with ExitStack() as stack:
        peers = [stack.enter_context(converse("echo")) for _ in range(5)]
        silent = stack.enter_context(knock())
        for peer in peers:
            peer.send({"x": 1})
            assert peer.receive(5) == {"x": 1}
        began = time.monotonic()
        listening.close()
        assert time.monotonic() - began < 3
        assert peer_threads() == []
        for peer in peers:
            with suppress(Unavailable):
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
            ended.wait(20)
            listening.close()
            assert answer.result()["bye"]
            if number < 19:
                ended.clear()
                listening = Control({"end": end})


def test_a_handler_may_close_it(home: Path) -> None:
    def end(request: dict[str, Any], peer: Peer) -> None:
        control_of_it.close()

    control_of_it = Control({"end": end})
    with suppress(Unavailable):  # it has cut itself off
        ask("end")
    wait_until(lambda: not peer_threads(), "its threads to end")


def test_asking_loads_little() -> None:
    code = "import sys; from voicebridge.control import ask; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "pydantic", "rich", "typer", "multiprocessing", "asyncio", "ssl"} & set(loaded)
