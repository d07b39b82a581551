"""Only the user can access the socket."""

from __future__ import annotations

import os
import signal
import socket
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from voicebridge import paths
from voicebridge.control import Control, ask, is_listening
from voicebridge.errors import UnavailableError

if TYPE_CHECKING:
    from core.tests.control.conftest import Told

if sys.platform == "win32":
    pytest.skip("there it is a named pipe: plugins/os_windows/tests", allow_module_level=True)


def path() -> Path:
    return paths.runtime_dir() / "control"


@pytest.fixture
def nobody() -> int:
    if os.geteuid() != 0:
        pytest.skip("needs to be root, to become another user")
    return 65534


def as_user(uid: int, do: Callable[[], None]) -> int:
    """Run ``do`` in another user's process; an exception becomes exit code 1."""
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
    """Remove the restrictions of file modes."""
    home.chmod(0o755)
    path().parent.chmod(0o755)
    path().chmod(0o666)


def say_as_other(peer: socket.socket, rest: Callable[..., bytes], answers: bytes) -> None:
    with peer, suppress(BrokenPipeError):
        peer.sendall(b'{"version": 1, "do": "start"}\n')
        if rest(peer) != answers:
            raise AssertionError


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_another_user_is_kept_out_by_the_modes_and_where_they_fail_by_the_system_s_word(
    listening: Control, home: Path, told: Told, nobody: int, connected: Callable[..., socket.socket], rest: Callable[..., bytes]
) -> None:
    home.chmod(0o755)
    assert as_user(nobody, lambda: say_as_other(connected(), rest, b"")) == 1
    open_to_all(home)
    assert as_user(nobody, lambda: say_as_other(connected(), rest, b"")) == 0
    assert told.names == []
    ask("start")


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_socket_of_another_user_is_not_told_anything(listening: Control, home: Path, told: Told, nobody: int) -> None:
    open_to_all(home)
    os.chown(path(), nobody, nobody)
    with pytest.raises(UnavailableError, match="not running"):
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
        with pytest.raises(UnavailableError, match="not running"):
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
    with pytest.raises(UnavailableError, match="another user's"):
        Control({})


def test_a_folder_that_leads_elsewhere_is_not_listened_in(home: Path) -> None:
    (home / "elsewhere").mkdir(mode=0o755)
    path().parent.symlink_to(home / "elsewhere")
    with pytest.raises(UnavailableError, match="folder"):
        Control({})
    assert stat.S_IMODE((home / "elsewhere").stat().st_mode) == 0o755
