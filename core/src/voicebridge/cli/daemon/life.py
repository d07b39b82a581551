"""Start and stop the daemon from another process."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from typing import IO, Any

from voicebridge import paths
from voicebridge.control import ask
from voicebridge.errors import UnavailableError, VoiceBridgeError

STARTING = 60.0
"""Time-out in seconds for its first answer."""
STOPPING = 60.0
"""Time-out in seconds for stopping; the daemon's own is shorter."""
_LOOK = 0.02


def find_status() -> dict[str, Any] | None:
    """The daemon's status, ``None`` if it is not running.

    Raises:
        VoiceBridgeError: if it doesn't answer.
    """
    from voicebridge.control import is_listening

    if not is_listening():
        return None
    with suppress(UnavailableError):
        return _of_daemon(ask("daemon.status"))
    return None if not is_listening() else _of_daemon(ask("daemon.status"))


def start(*, profile: str | None, offline: bool) -> str:
    """Start the daemon, wait until it answers and hotkeys and folders are active, and print a message.

    Raises:
        VoiceBridgeError: if it ends or doesn't answer in time, with its reason.
    """
    if running := find_status():
        return f"VoiceBridge is already running (PID {running['pid']})."
    answered = False
    with tempfile.TemporaryFile() as said:
        process = _spawn(said, profile=profile, offline=offline)
        until = time.monotonic() + STARTING
        while time.monotonic() < until:
            if process.poll() is not None:
                raise VoiceBridgeError(f"VoiceBridge did not start: {_reason(said, process.returncode)}")
            with suppress(UnavailableError):
                status = ask("daemon.status", seconds=1.0)
                answered = status.get("pid") == process.pid
                if answered and status.get("state") == "running":
                    return f"Started VoiceBridge (PID {process.pid})."
            time.sleep(_LOOK)
        if answered:
            return f"VoiceBridge is still starting (PID {process.pid}). Check it: voicebridge daemon status"
        process.kill()
        process.wait()
    raise VoiceBridgeError(f"VoiceBridge did not answer within {STARTING:g} s and was stopped. See why: voicebridge daemon logs")


def stop() -> str:
    """Stop the daemon, wait until it has ended, and print a message.

    Raises:
        VoiceBridgeError: if it doesn't end in time.
    """
    if find_status() is None:
        return "VoiceBridge was not running."
    pid = ask("daemon.stop")["pid"]
    until = time.monotonic() + STOPPING
    while _is_alive(pid):
        if time.monotonic() > until:
            raise VoiceBridgeError(f"VoiceBridge did not stop within {STOPPING:g} s. Stop it yourself: kill -9 {pid}")
        time.sleep(_LOOK)
    return "VoiceBridge was stopped."


def _is_alive(pid: int) -> bool:
    import psutil

    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _of_daemon(status: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in status.items() if name != "ok"}


def _spawn(said: IO[bytes], *, profile: str | None, offline: bool) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "voicebridge.cli.app", "daemon", "run"]
    command += ["--profile", profile] if profile else []
    command += ["--offline"] if offline or paths.is_offline() else []
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
    return subprocess.Popen(  # noqa: S603 - ourselves
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=said,
        start_new_session=sys.platform != "win32",
        creationflags=flags,
    )


def _reason(said: IO[bytes], code: int) -> str:
    said.seek(0)
    lines = said.read().decode(errors="replace").strip().splitlines()
    if errors := [line for line in lines if line.startswith("Error: ")]:
        return errors[-1].removeprefix("Error: ")
    ended = f"it was killed by signal {-code}" if code < 0 else f"it exited with code {code}"
    return f"{ended}{f', after: {lines[-1]}' if lines else ''}. See: voicebridge daemon logs"
