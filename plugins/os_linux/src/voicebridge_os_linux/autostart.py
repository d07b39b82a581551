"""Start at login with a file in the desktop's autostart folder."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from voicebridge import OutputError

PRIORITY = 80
_NAME = "voicebridge.desktop"
_RESERVED = re.compile(r"[\s\"'\\><~|&;$*?#()`]|^$")
"""The characters that require quoting in ``Exec``."""


class XdgAutostart:
    """An entry of the Desktop Application Autostart Specification."""

    def install(self, command: Sequence[str]) -> None:
        """Run ``command`` at login; replaces the command of an earlier call.

        Raises:
            OutputError: if the file can't be written.
        """
        path = _path()
        new = path.with_name(f".{_NAME}.{os.getpid()}")
        comment = "Comment=Dictation, reading aloud and watched folders"
        lines = ["[Desktop Entry]", "Type=Application", "Name=VoiceBridge", comment, f"Exec={_exec(command)}"]
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                new.write_text("\n".join([*lines, "Terminal=false", "NoDisplay=true", ""]), encoding="utf-8")
                new.replace(path)
            finally:
                new.unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(f"{path} can't be written: {error.strerror}. Make its folder writable, then try again.") from error

    def uninstall(self) -> None:
        """Undo :meth:`install`; does nothing if not installed.

        Raises:
            OutputError: if the file can't be removed.
        """
        try:
            _path().unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(f"{_path()} can't be removed: {error.strerror}. Remove it by hand.") from error

    def installed(self) -> Sequence[str] | None:
        """The command that runs at login, ``None`` if there is none, or if the user has disabled it."""
        try:
            text = _path().read_text(encoding="utf-8")
        except (OSError, UnicodeError):
            return None
        entry = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
        off = entry.get("Hidden") == "true" or entry.get("X-GNOME-Autostart-enabled") == "false"
        return None if off or "Exec" not in entry else _words(entry["Exec"])


def probe() -> int:
    """Return the priority of the autostart folder, which every desktop reads."""
    return PRIORITY


def _path() -> Path:
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config", "autostart", _NAME)


def _exec(command: Sequence[str]) -> str:
    """A command as the value of ``Exec``: quoted by the rules of that key, then escaped like any string of such a file."""
    quoted = " ".join(_quoted(word) for word in command)
    for plain, escaped in (("\\", "\\\\"), ("\n", "\\n"), ("\t", "\\t"), ("\r", "\\r")):
        quoted = quoted.replace(plain, escaped)
    return quoted


def _quoted(word: str) -> str:
    doubled = word.replace("%", "%%")
    return '"' + re.sub(r'(["`$\\])', r"\\\1", doubled) + '"' if _RESERVED.search(word) else doubled


def _words(value: str) -> list[str]:
    """The command of an ``Exec`` value: the inverse of :func:`_exec`."""
    meant = {"s": " ", "n": "\n", "t": "\t", "r": "\r", "\\": "\\"}
    text = re.sub(r"\\(.)", lambda found: meant.get(found[1], found[0]), value)
    words = re.findall(r'"((?:[^"\\]|\\.)*)"|([^ "]+)', text, re.DOTALL)
    return [(plain or re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL)).replace("%%", "%") for quoted, plain in words]
