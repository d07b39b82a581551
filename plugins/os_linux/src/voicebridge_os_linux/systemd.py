"""Start with the session, by a unit of the user's service manager, which also starts it again when it fails."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from voicebridge import OutputError, Unavailable

PRIORITY = 90
"""Before the autostart folder, which nobody looks into again when what it started has failed."""
NAME = "voicebridge.service"
_GRAPHICAL, _ANY = "graphical-session.target", "default.target"
_SECONDS = 10.0
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r", "%": "%%"}
_MEANT = {"n": "\n", "t": "\t", "r": "\r"}


class SystemdAutostart:
    """A unit in the user's own folder, wanted by the graphical session, or by any session where the desktop is not known now."""

    def install(self, command: Sequence[str]) -> None:
        """Have ``command`` run when the session starts; replaces what an earlier call has put there.

        Raises:
            OutputError: when the files can't be written.
            Unavailable: when systemd runs no program of that name.
        """
        if re.search(r"[\"'\\\x00-\x1f\x7f]", command[0]):
            raise Unavailable(f"systemd runs no program whose name has quotes or backslashes: {command[0]}. Install it elsewhere.")
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
            wanted.symlink_to(path)  # what `systemctl --user enable` does, which needs a session
        except OSError as error:
            raise OutputError(f"{path} can't be written: {error.strerror}. Make its folder writable, then try again.") from error
        _tell_manager()

    def uninstall(self) -> None:
        """Undo :meth:`install`; does nothing where there is nothing to undo. What runs goes on.

        Raises:
            OutputError: when the files can't be removed.
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
        """The command that runs when the session starts, ``None`` without one, or when the user has turned it off."""
        try:
            text = (_folder() / NAME).read_text(encoding="utf-8")
        except (OSError, UnicodeError):
            return None
        found = re.search(r"^ExecStart=(.*)$", text, re.MULTILINE)
        return _words(found[1]) if found and any(_wishes()) else None


def probe() -> int:
    """Priority of the service manager.

    Raises:
        Unavailable: where none runs for the user, or it doesn't hear of the desktop's sessions.
    """
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR", "/nowhere"))
    if shutil.which("systemctl") is None or not (runtime / "systemd/private").exists():
        raise Unavailable("systemd runs no services of this user's. The desktop's autostart folder does instead.")
    if _has_desktop() and _systemctl("is-active", "--quiet", _GRAPHICAL) != 0:
        raise Unavailable(
            f"This desktop doesn't tell systemd of its sessions: {_GRAPHICAL} is not active. Its autostart folder does instead."
        )
    return PRIORITY


def unit(command: Sequence[str], target: str) -> str:
    """The unit's file."""
    first, *arguments = command
    started = " ".join([_quoted(first), *(_quoted(word).replace("$", "$$") for word in arguments)])
    lines = [
        "[Unit]", "Description=VoiceBridge: dictation, reading aloud and watched folders",
        *([f"PartOf={target}", f"After={target}"] if target == _GRAPHICAL else []),
        "StartLimitIntervalSec=60", "StartLimitBurst=5", "",
        "[Service]", f"ExecStart={started}", "ExecReload=/bin/kill -HUP $MAINPID",
        "Restart=on-failure", "RestartSec=2", "RestartPreventExitStatus=2",  # a wrong configuration is not put right by trying again
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
        with suppress(OSError):  # others have wishes too
            path.parent.rmdir()


def _tell_manager() -> None:
    if shutil.which("systemctl") is not None:
        _systemctl("daemon-reload")  # without a session it reads everything when one begins


def _systemctl(*arguments: str) -> int:
    command = ["systemctl", "--user", *arguments]
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS, check=False).returncode  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return 1


def _quoted(word: str) -> str:
    return '"' + "".join(_ESCAPES.get(character, character) for character in word) + '"'


def _words(value: str) -> list[str]:
    """The command of ``ExecStart``: what :func:`unit` does to it, undone."""
    first, *arguments = re.findall(r'"((?:[^"\\]|\\.)*)"', value) or [value]
    plain = [first, *(word.replace("$$", "$") for word in arguments)]
    return [re.sub(r"\\(.)", lambda found: _MEANT.get(found[1], found[1]), word).replace("%%", "%") for word in plain]
