"""The guard for system calls detects what native code does, and accepts what VoiceBridge may do."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from voicebridge.testing.system_calls import Watch, as_a_user_has, need_system_calls

_IN_A_NATIVE_THREAD = """
import ctypes, threading
c = ctypes.CDLL(None)
def go(): {}
thread = threading.Thread(target=go); thread.start(); thread.join()
"""


@pytest.fixture
def faults(tmp_path: Path) -> Callable[..., list[str]]:
    """The faults found in a Python program that may use the folder ``ours``."""
    need_system_calls()
    (ours := tmp_path / "ours").mkdir()
    (record := tmp_path / "record").mkdir()

    def run(code: str, sockets: tuple[str, ...] = ()) -> list[str]:
        watch = Watch(record, [ours], sockets)
        done = subprocess.run(
            watch.command([sys.executable, "-c", code]), cwd=ours, env=as_a_user_has(), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert watch.has_seen("python")
        return watch.faults()

    return run


@pytest.mark.parametrize(
    ("call", "fault"),
    [
        ('c.getaddrinfo(b"telemetry.invalid", b"443", None, ctypes.byref(ctypes.c_void_p()))', "a name was looked up"),
        ("c.socket(2, 1, 0)", "a socket was opened: AF_INET"),
        ("c.socket(10, 2, 0)", "a socket was opened: AF_INET6"),
        ('c.creat(b"../deviceid", 0o600)', "a file was changed"),
        ('c.mkdir(b"/tmp/voicebridge-should-not", 0o700); c.rmdir(b"/tmp/voicebridge-should-not")', "a file was changed: mkdir"),
        ('import socket; socket.socket(socket.AF_UNIX).connect_ex("/run/other.sock")', "connect to the socket /run/other.sock"),
        ('import socket; socket.socket(socket.AF_UNIX).connect_ex("\\0other")', "connect to the socket @other"),
    ],
)
def test_what_native_code_does_in_a_thread_is_found(faults: Callable[..., list[str]], call: str, fault: str) -> None:
    assert any(found.startswith(fault) for found in faults(_IN_A_NATIVE_THREAD.format(call)))


def test_asking_whether_the_system_has_ipv6_is_no_fault(faults: Callable[..., list[str]]) -> None:
    ask = "import socket, contextlib\nwith contextlib.suppress(OSError): s = socket.socket(socket.AF_INET6); s.bind(('::1', {}))"
    assert faults(ask.format(0)) == []
    assert faults(ask.format(8765))


def test_what_a_child_does_is_found(faults: Callable[..., list[str]]) -> None:
    found = faults("import subprocess, sys; subprocess.run([sys.executable, '-c', 'import socket; socket.socket()'])")
    assert found == ["a socket was opened: AF_INET"]


def test_files_and_sockets_of_our_own_are_no_fault(faults: Callable[..., list[str]]) -> None:
    own = """
import os, socket, subprocess, tempfile
open("relative", "w").close(); os.rename("relative", "renamed"); os.unlink("renamed")
open(os.path.abspath("absolute"), "w").close()
server = socket.socket(socket.AF_UNIX); server.bind("control.sock"); server.listen()
socket.socket(socket.AF_UNIX).connect("control.sock")
socket.socket(socket.AF_UNIX).connect_ex("/run/user/0/bus")
socket.socketpair()
open("/etc/hostname").close() if os.path.exists("/etc/hostname") else None
open(os.devnull, "w").close()
"""
    assert faults(own, sockets=("/run/user/0/bus",)) == []
