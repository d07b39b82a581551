"""Trace what a command and its children do on Linux, including native threads: sockets, name look-ups, and changed files.

:mod:`voicebridge.testing.network` only detects Python code; this traces system calls with ``strace``.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import pytest

from voicebridge.telemetry import SWITCHES
from voicebridge.testing.processes import end, need

_SOCKETS = ("socket", "connect", "bind")
_OPENING = ("open", "openat", "openat2", "creat")
_CHANGING = (
    "mkdir", "mkdirat", "mknod", "mknodat", "rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat",
    "unlink", "unlinkat", "rmdir", "truncate",
)  # fmt: skip
_CALL = re.compile(r"(?P<name>\w+)\((?P<arguments>.*)")
_STRING = re.compile(r'(?:(?P<folder>AT_FDCWD|\d+)<(?P<at>[^>]*)>, )?"(?P<path>(?:[^"\\]|\\.)*)"')
_RESULT = re.compile(r"\) += (?:-1 (?P<error>E[A-Z]+)|(?P<number>[\da-fx?]+))")
_HARMLESS = frozenset({"EEXIST", "ENOENT"})
"""Errors of calls that changed no file, and would not have with other permissions either."""
_RESOLVER = ("/etc/resolv.conf", "/etc/hosts", "/etc/gai.conf")
"""Files that glibc reads to look up a name."""
_ASKS_FOR_IPV6 = re.compile(r"socket\(AF_INET6, .*\nbind\(.*sin6_port=htons\(0\).*\"::1\".*\n")
"""urllib3 on import: a socket that is bound to this machine and closed again, without a connection."""
_CI = re.compile(r"CI|TRAVIS|APPVEYOR|JENKINS_URL|BUILDKITE|CIRCLECI|TF_BUILD|TEAMCITY_VERSION|(GITHUB|GITLAB|CODEBUILD|BITBUCKET)_.*")
"""Variables of build servers: some libraries send nothing there, which would hide that they do elsewhere."""


def need_system_calls() -> None:
    """Skip the test if system calls can't be traced: no Linux, no strace, or a sandbox that forbids it."""
    need({"strace": "strace"})
    if not _strace_works():
        pytest.skip("strace may not trace here")


@lru_cache(maxsize=1)
def _strace_works() -> bool:
    command = ["strace", "-f", "--seccomp-bpf", "-qq", "-o", os.devnull, "true"]
    tried = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - nothing of it comes from outside
    return tried.returncode == 0


class Watch:
    """Runs commands with tracing; :meth:`faults` lists forbidden actions."""

    def __init__(self, record: Path, folders: Sequence[Path], sockets: Collection[str] = ()) -> None:
        """Prepare.

        Args:
            record: an empty folder for the traces.
            folders: where files may be changed; sockets may be created and used there too. Commands are started in the first one.
            sockets: other unix sockets that may be used, such as those of the user's desktop; abstract ones start with ``@``.
        """
        self._record = record
        self._folders = [folder.resolve() for folder in folders]
        self._sockets = set(sockets)

    def command(self, words: Sequence[str]) -> list[str]:
        """The command that runs ``words`` with tracing; start it in the first of the folders, with :func:`as_a_user_has`."""
        names = ",".join(f"?{name}" for name in (*_SOCKETS, *_OPENING, *_CHANGING))  # no architecture has all of them
        strace = shutil.which("strace") or "strace"
        options = ["-ff", "--seccomp-bpf", "-qq", "-y", "-s", "4096", "-e", f"trace={names}", "-e", "signal=none"]
        return [strace, *options, "-o", str(self._record / "calls"), "--", *words]

    def run(self, words: Sequence[str], environment: Mapping[str, str], seconds: float) -> int:
        """Run ``words`` with tracing, return the exit code, and fail the running test after a time-out."""
        process = subprocess.Popen(  # noqa: S603 - the test's own command
            self.command(words), cwd=self._folders[0], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            pytest.fail(f"{words[0]} did not end within {seconds:g} s")
        finally:
            end(process)

    def faults(self) -> list[str]:
        """The forbidden actions, without duplicates; call it when the commands have ended."""
        found = []
        for lines in self._threads():
            lines = _ASKS_FOR_IPV6.sub("", lines)
            found += [fault for line in lines.splitlines() if (fault := self._fault(line))]
        return list(dict.fromkeys(found))

    def has_seen(self, text: str) -> bool:
        """Whether a call contained this as a part of a path; shows whether a process was really traced."""
        return any(text in lines for lines in self._threads())

    def _threads(self) -> Iterator[str]:
        for file in sorted(self._record.glob("calls.*")):
            yield file.read_text(encoding="utf-8", errors="replace")

    def _fault(self, line: str) -> str:
        call = _CALL.match(line)
        if call is None:
            return ""
        name, arguments = call["name"], call["arguments"]
        if name in _SOCKETS:
            return self._socket_fault(name, arguments)
        paths = [_path_of(found) for found in _STRING.finditer(arguments)]
        if name in _OPENING and paths and str(paths[0]) in _RESOLVER:
            return f"a name was looked up: {name}({paths[0]})"
        if name in _OPENING and name != "creat" and not re.search(r"O_(WRONLY|RDWR|CREAT|TRUNC)", arguments):
            return ""
        result = _RESULT.search(arguments)
        if result and result["error"] in _HARMLESS:
            return ""
        outside = [str(path) for path in paths if not self._may_change(path)]
        return f"a file was changed: {name}({', '.join(outside)})" if outside else ""

    def _socket_fault(self, name: str, arguments: str) -> str:
        if name == "socket":
            family = arguments.partition(",")[0]
            return "" if family == "AF_UNIX" else f"a socket was opened: {family}"
        address = re.search(r'sun_path=(?P<abstract>@)?"(?P<path>[^"]*)"', arguments)
        if address is None:
            return "" if "AF_UNIX" in arguments else f"{name} to {arguments.partition('{')[2].partition('}')[0]}"
        path = f"{address['abstract'] or ''}{address['path']}"
        allowed = path in self._sockets or (not address["abstract"] and self._may_change(Path(path)))
        return "" if allowed else f"{name} to the socket {path}"

    def _may_change(self, path: Path) -> bool:
        path = Path(os.path.normpath(self._folders[0] / path))
        if path.parts[1] in ("proc", "dev"):
            return path.parts[1] == "proc" or path.parts[2:3] in (("null",), ("tty",), ("pts",), ("ptmx",), ("shm",))
        if "__pycache__" in path.parts:  # Python's own, next to the modules
            return True
        return any(path.is_relative_to(folder) or path.resolve().is_relative_to(folder) for folder in self._folders)


def as_a_user_has() -> dict[str, str]:
    """This process's variables as on a user's machine: no build server, and telemetry not yet turned off."""
    return {name: value for name, value in os.environ.items() if name not in SWITCHES and not _CI.fullmatch(name)}


def desktop_sockets() -> set[str]:
    """The sockets of the user's desktop, which dictation and playback need: X11, Wayland, D-Bus and the sound server."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if sys.platform != "win32" and not runtime:
        runtime = f"/run/user/{os.getuid()}"
    wayland = os.environ.get("WAYLAND_DISPLAY", "wayland-0")
    display = os.environ.get("DISPLAY", "").rpartition(":")[2].partition(".")[0]
    x11 = f"/tmp/.X11-unix/X{display}"  # noqa: S108 - where X servers have it
    found = {"/var/run/pulse/native", f"{runtime}/bus", f"{runtime}/pulse/native", f"{runtime}/{wayland}", x11, f"@{x11}"}
    for name in ("DBUS_SESSION_BUS_ADDRESS", "PULSE_SERVER"):
        found |= set(re.findall(r"unix:(?:path=)?([^,;]+)", os.environ.get(name, "")))
    return found


def desktop_folders(home: Path) -> list[Path]:
    """Where libraries of the user's desktop store files in the home folder: libpulse's cookie and the path of its socket."""
    return [home / ".config/pulse"]


def _path_of(found: re.Match[str]) -> Path:
    path = found["path"]
    with suppress(UnicodeError):
        path = path.encode("latin-1", "replace").decode("unicode_escape").encode("latin-1").decode("utf-8")
    return Path(found["at"], path) if found["at"] else Path(path)
