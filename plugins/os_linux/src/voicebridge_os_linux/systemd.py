"""Start at login with a unit of the systemd user manager, which also restarts VoiceBridge after a failure."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from voicebridge import OutputError, UnavailableError

PRIORITY = 90
"""Above the autostart folder, which doesn't restart a program that has failed."""
NAME = "voicebridge.service"
_GRAPHICAL, _ANY = "graphical-session.target", "default.target"
_SECONDS = 10.0
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r", "%": "%%"}
_MEANT = {"n": "\n", "t": "\t", "r": "\r"}


class SystemdAutostart:
    """A unit in the user's folder, wanted by the graphical session, or by every session if no desktop is detected at installation."""

    def install(self, command: Sequence[str]) -> None:
        """Run ``command`` at login; replaces the command of an earlier call.

        Raises:
            OutputError: if the files can't be written.
            UnavailableError: if systemd can't run a program with this path.
        """
        if re.search(r"[\"'\\\x00-\x1f\x7f]", command[0]):
            raise UnavailableError(
                f"systemd can't run a program with quotes or backslashes in its path: {command[0]}. Install it elsewhere."
            )
        target = _GRAPHICAL if _has_desktop() else _ANY
        path = _folder() / NAME
        new = path.with_name(f".{NAME}.{os.getpid()}")
        wanted = _folder() / f"{target}.wants" / NAME
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                new.write_text(unit(command, target), encoding="utf-8")
                new.replace(path)
            finally:
                new.unlink(missing_ok=True)
            _forget_wishes()
            wanted.parent.mkdir(exist_ok=True)
            wanted.symlink_to(path)  # like `systemctl --user enable`, which needs a session
        except OSError as error:
            raise OutputError(f"{path} can't be written: {error.strerror}. Make its folder writable, then try again.") from error
        _tell_manager()

    def uninstall(self) -> None:
        """Undo :meth:`install`; does nothing if not installed. A running instance continues.

        Raises:
            OutputError: if the files can't be removed.
        """
        path = _folder() / NAME
        try:
            _forget_wishes()
            path.unlink()
        except FileNotFoundError:
            return
        except OSError as error:
            raise OutputError(f"{path} can't be removed: {error.strerror}. Remove it by hand.") from error
        _tell_manager()

    def installed(self) -> Sequence[str] | None:
        """The command that runs at login, ``None`` if there is none, or if the user has disabled it."""
        try:
            text = (_folder() / NAME).read_text(encoding="utf-8")
        except (OSError, UnicodeError):
            return None
        found = re.search(r"^ExecStart=(.*)$", text, re.MULTILINE)
        return _words(found[1]) if found and any(_wishes()) else None


def probe() -> int:
    """Return the priority of the systemd user manager.

    Raises:
        UnavailableError: if none is running for the user, or it isn't notified of the desktop's sessions.
    """
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR", "/nowhere"))
    if shutil.which("systemctl") is None or not (runtime / "systemd/private").exists():
        raise UnavailableError("There is no systemd user session. The desktop's autostart folder is used instead.")
    if _has_desktop() and _systemctl("is-active", "--quiet", _GRAPHICAL) != 0:
        raise UnavailableError(f"This desktop doesn't start {_GRAPHICAL} of systemd. Its autostart folder is used instead.")
    return PRIORITY


def unit(command: Sequence[str], target: str) -> str:
    """The content of the unit file."""
    first, *arguments = command
    started = " ".join([_quoted(first), *(_quoted(word).replace("$", "$$") for word in arguments)])
    lines = [
        "[Unit]", "Description=VoiceBridge: dictation, reading aloud and watched folders",
        *([f"PartOf={target}", f"After={target}"] if target == _GRAPHICAL else []),
        "StartLimitIntervalSec=60", "StartLimitBurst=5", "",
        "[Service]", f"ExecStart={started}", "ExecReload=/bin/kill -HUP $MAINPID",
        "Restart=on-failure", "RestartSec=2", "RestartPreventExitStatus=2",  # retrying doesn't fix an invalid configuration
        "KillMode=mixed", "TimeoutStopSec=20", "UMask=0077", "",
        "[Install]", f"WantedBy={target}", "",
    ]  # fmt: skip
    return "\n".join(lines)


def _has_desktop() -> bool:
    return bool(os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY"))


def _folder() -> Path:
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config", "systemd/user")


def _wishes() -> list[Path]:
    return [path for path in _folder().glob(f"*.wants/{NAME}") if path.is_symlink()]


def _forget_wishes() -> None:
    for path in _wishes():
        path.unlink(missing_ok=True)
        with suppress(OSError):  # it may contain links of other units
            path.parent.rmdir()


def _tell_manager() -> None:
    if shutil.which("systemctl") is not None:
        _systemctl("daemon-reload")  # without a running manager, the files are read at the next login


def _systemctl(*arguments: str) -> int:
    command = ["systemctl", "--user", *arguments]
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS, check=False).returncode  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return 1


def _quoted(word: str) -> str:
    return '"' + "".join(_ESCAPES.get(character, character) for character in word) + '"'


def _words(value: str) -> list[str]:
    """The command of an ``ExecStart`` value: the inverse of :func:`unit`."""
    first, *arguments = re.findall(r'"((?:[^"\\]|\\.)*)"', value) or [value]
    plain = [first, *(word.replace("$$", "$") for word in arguments)]
    return [re.sub(r"\\(.)", lambda found: _MEANT.get(found[1], found[1]), word).replace("%%", "%") for word in plain]
