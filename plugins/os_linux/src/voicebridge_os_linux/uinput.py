"""Type text with ydotool or dotool, through a virtual keyboard in the kernel: the last resort, if the desktop allows no other method.

ydotool can type only the characters of the US layout, dotool those of the layout that it is given. So both are used only for ASCII text,
and ydotool only if the current layout is US.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from voicebridge import PartlyInsertedError, UnavailableError, Window

PRIORITY = 15
SECONDS = 60.0
"""Time-out in seconds for one text, at about 20 ms per character."""
_PROBE_SECONDS = 2.0
_LAYOUT = Path("/etc/default/keyboard")
_SHIFT_ENTER = ("42:1", "28:1", "28:0", "42:0")
"""Key codes of the kernel, pressed (1) and released (0)."""
_DEVICE = Path("/dev/uinput")


class Ydotool:
    """Types with ydotool 1.0 or newer; the text is passed on its standard input."""

    def insert(self, text: str, window: Window | None = None, chord: str | None = None) -> None:  # noqa: ARG002 - required by the port
        """Return after all text is typed.

        Raises:
            UnavailableError: if it can't be used, or can't type this text; nothing was typed.
            PartlyInsertedError: if it fails or takes too long.
        """
        _check(text, _layout())
        probe_ydotool()
        for number, line in enumerate(text.split("\n")):
            if number:
                _run(["ydotool", "key", *_SHIFT_ENTER], "", {})  # Enter alone sends messages
            if line:
                _run(["ydotool", "type", "--file", "/dev/stdin"], line, {})


class Dotool:
    """Types with dotool; the text is passed on its standard input."""

    def insert(self, text: str, window: Window | None = None, chord: str | None = None) -> None:  # noqa: ARG002 - required by the port
        """Return after all text is typed.

        Raises:
            UnavailableError: if it can't be used, or can't type this text; nothing was typed.
            PartlyInsertedError: if it fails or takes too long.
        """
        _check(text, "us")  # the layout is passed to it
        probe_dotool()
        _run(["dotool"], _for_dotool(text), {"DOTOOL_XKB_LAYOUT": _layout()})


def probe_ydotool() -> int:
    """Return the priority of ydotool.

    Raises:
        UnavailableError: if it is missing, too old, or its daemon doesn't answer.
    """
    if not shutil.which("ydotool"):
        raise UnavailableError("ydotool is not installed.")
    try:
        done = subprocess.run(["ydotool", "help"], capture_output=True, text=True, timeout=_PROBE_SECONDS, stdin=subprocess.DEVNULL)  # noqa: S607
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnavailableError("ydotool can't be run. Reinstall it.") from error
    if "debug" not in done.stdout + done.stderr:  # an option added in 1.0
        raise UnavailableError("This ydotool is older than 1.0: it types wrong characters. Install 1.0 or newer.")
    path = _ydotool_socket()
    if not _answers(path):
        raise UnavailableError(f"ydotool's daemon doesn't answer at {path}. Start it: systemctl --user start ydotool")
    return PRIORITY


def probe_dotool() -> int:
    """Return the priority of dotool.

    Raises:
        UnavailableError: if it is missing, or may not create input devices.
    """
    if not shutil.which("dotool"):
        raise UnavailableError("dotool is not installed.")
    if not os.access(_DEVICE, os.W_OK):
        raise UnavailableError(
            f"dotool has no permission to write to {_DEVICE}. Grant it, which also grants it to your other programs: sudo usermod "
            "-aG input $USER"
        )
    return PRIORITY


def _run(command: list[str], text: str, variables: Mapping[str, str]) -> None:
    name = command[0]
    try:
        done = subprocess.run(  # noqa: S603 - found by its probe
            command, input=text, capture_output=True, text=True, timeout=SECONDS, env={**os.environ, **variables}, encoding="utf-8"
        )
    except OSError as error:
        raise UnavailableError(f"{name} can't be run: {error.strerror}. Reinstall it.") from error
    except subprocess.TimeoutExpired as error:
        raise PartlyInsertedError(f"{name} did not type all of the text within {SECONDS:g} s.") from error
    # Both report some failures only on standard error.
    if said := (done.stderr.strip().splitlines() or [f"it ended with code {done.returncode}"] * bool(done.returncode)):
        raise PartlyInsertedError(f"{name} may have typed only part of the text: {said[0]}.")


def _check(text: str, layout: str) -> None:
    """Check that a text can be typed correctly.

    Raises:
        UnavailableError: with the reason, if it can't.
    """
    if layout != "us":
        raise UnavailableError(f"This method types only on the US keyboard layout, not on {layout!r}.")
    if wrong := next((each for each in text if not (each.isascii() and each.isprintable()) and each not in "\n\t"), None):
        raise UnavailableError(f"A keyboard has no key for {wrong!r}.")


def _for_dotool(text: str) -> str:
    lines: list[str] = []
    for number, line in enumerate(text.split("\n")):
        lines += ["key shift+enter"] * bool(number)  # Enter alone sends messages
        for place, part in enumerate(line.split("\t")):
            lines += ["key tab"] * bool(place)
            lines += [f"type {part}"] * bool(part)
    return "\n".join([*lines, ""])


def _layout() -> str:
    """The system's configured keyboard layout; ``us`` if none is configured."""
    if layout := os.environ.get("XKB_DEFAULT_LAYOUT"):
        return layout.split(",")[0]
    try:
        lines = _LAYOUT.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeError):
        return "us"
    values = [line.partition("=")[2].strip("\"' ") for line in lines if line.startswith("XKBLAYOUT=")]
    return (values[-1].split(",")[0] if values else "") or "us"


def _ydotool_socket() -> Path:
    if path := os.environ.get("YDOTOOL_SOCKET"):
        return Path(path)
    own = Path(os.environ.get("XDG_RUNTIME_DIR", "/nonexistent"), ".ydotool_socket")
    return own if own.exists() else Path("/tmp/.ydotool_socket")  # noqa: S108 - where its daemon listens


def _answers(path: Path) -> bool:
    if sys.platform == "win32":
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as connection:
        try:
            connection.connect(str(path))
        except OSError:
            return False
    return True
