"""Text by the keys of a keyboard that the kernel believes in, with ydotool or dotool: the last resort, where no desktop lets anybody type.

Both write what a keyboard with the layout of the United States, or the one that they are told, has on its keys. So only text in ASCII is
given to them, and only where that is the layout.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from voicebridge import PartlyInsertedError, Unavailable, Window

PRIORITY = 15
SECONDS = 60.0
"""How long either may take for a text, at some 20 ms a character."""
_PROBE_SECONDS = 2.0
_LAYOUT = Path("/etc/default/keyboard")
_SHIFT_ENTER = ("42:1", "28:1", "28:0", "42:0")
"""The keys by the kernel's numbers, down and up."""
_DEVICE = Path("/dev/uinput")


class Ydotool:
    """Types with ydotool 1.0 or newer; the text goes through its standard input."""

    def insert(self, text: str, window: Window | None = None, chord: str | None = None) -> None:  # noqa: ARG002 - the port's
        """Return once it has typed.

        Raises:
            Unavailable: when it can't be used, or the text is not for it; nothing has been typed then.
            PartlyInsertedError: when it fails or takes too long.
        """
        _check(text, _layout())
        probe_ydotool()
        for number, line in enumerate(text.split("\n")):
            if number:
                _run(["ydotool", "key", *_SHIFT_ENTER], "", {})  # Enter alone sends messages
            if line:
                _run(["ydotool", "type", "--file", "/dev/stdin"], line, {})


class Dotool:
    """Types with dotool; the text goes through its standard input."""

    def insert(self, text: str, window: Window | None = None, chord: str | None = None) -> None:  # noqa: ARG002 - the port's
        """Return once it has typed.

        Raises:
            Unavailable: when it can't be used, or the text is not for it; nothing has been typed then.
            PartlyInsertedError: when it fails or takes too long.
        """
        _check(text, "us")  # it is told the layout
        probe_dotool()
        _run(["dotool"], _for_dotool(text), {"DOTOOL_XKB_LAYOUT": _layout()})


def probe_ydotool() -> int:
    """Priority of ydotool.

    Raises:
        Unavailable: when it is missing, too old, or its daemon doesn't answer.
    """
    if not shutil.which("ydotool"):
        raise Unavailable("ydotool is not installed.")
    try:
        done = subprocess.run(["ydotool", "help"], capture_output=True, text=True, timeout=_PROBE_SECONDS, stdin=subprocess.DEVNULL)  # noqa: S607
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable("ydotool doesn't run. Install it anew.") from error
    if "debug" not in done.stdout + done.stderr:  # a command that came with 1.0
        raise Unavailable("This ydotool is older than 1.0: it types digits for letters and calls that a success. Install 1.0 or newer.")
    path = _ydotool_socket()
    if not _answers(path):
        raise Unavailable(f"ydotool's daemon doesn't answer at {path}. Start it: systemctl --user start ydotool")
    return PRIORITY


def probe_dotool() -> int:
    """Priority of dotool.

    Raises:
        Unavailable: when it is missing, or may not make keyboards.
    """
    if not shutil.which("dotool"):
        raise Unavailable("dotool is not installed.")
    if not os.access(_DEVICE, os.W_OK):
        raise Unavailable(f"dotool may not write to {_DEVICE}. Let it, which lets every program of yours: sudo usermod -aG input $USER")
    return PRIORITY


def _run(command: list[str], text: str, variables: Mapping[str, str]) -> None:
    name = command[0]
    try:
        done = subprocess.run(  # noqa: S603 - found by its probe
            command, input=text, capture_output=True, text=True, timeout=SECONDS, env={**os.environ, **variables}, encoding="utf-8"
        )
    except OSError as error:
        raise Unavailable(f"{name} doesn't run: {error.strerror}. Install it anew.") from error
    except subprocess.TimeoutExpired as error:
        raise PartlyInsertedError(f"{name} has not typed all of the text within {SECONDS:g} s.") from error
    # Either tells some failures on its standard error alone.
    if said := (done.stderr.strip().splitlines() or [f"it ended with code {done.returncode}"] * bool(done.returncode)):
        raise PartlyInsertedError(f"{name} may have typed a part of the text: {said[0]}.")


def _check(text: str, layout: str) -> None:
    """Refuse what can't be typed right.

    Raises:
        Unavailable: with what it is.
    """
    if layout != "us":
        raise Unavailable(f"Text can't be typed so on a keyboard with the layout {layout!r}, but on that of the United States alone.")
    if wrong := next((each for each in text if not (each.isascii() and each.isprintable()) and each not in "\n\t"), None):
        raise Unavailable(f"A keyboard has no key for {wrong!r}.")


def _for_dotool(text: str) -> str:
    lines: list[str] = []
    for number, line in enumerate(text.split("\n")):
        lines += ["key shift+enter"] * bool(number)  # Enter alone sends messages
        for place, part in enumerate(line.split("\t")):
            lines += ["key tab"] * bool(place)
            lines += [f"type {part}"] * bool(part)
    return "\n".join([*lines, ""])


def _layout() -> str:
    """The keyboard's layout, as far as the system is configured with one; ``us`` otherwise."""
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
