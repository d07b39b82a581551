"""Start with the session, by a file of the desktop's autostart folder."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from voicebridge import OutputError

PRIORITY = 80
_NAME = "voicebridge.desktop"
_RESERVED = re.compile(r"[\s\"'\\><~|&;$*?#()`]|^$")
"""What has to be quoted in ``Exec``."""


class XdgAutostart:
    """An entry of the Desktop Application Autostart Specification."""

    def install(self, command: Sequence[str]) -> None:
        """Have ``command`` run when the session starts; replaces what an earlier call has put there.

        Raises:
            OutputError: when the file can't be written.
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
        """Undo :meth:`install`; does nothing where there is nothing to undo.

        Raises:
            OutputError: when the file can't be removed.
        """
        try:
            _path().unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(f"{_path()} can't be removed: {error.strerror}. Remove it by hand.") from error

    def installed(self) -> Sequence[str] | None:
        """The command that runs when the session starts, ``None`` without one, or when the user has turned it off."""
        try:
            text = _path().read_text(encoding="utf-8")
        except (OSError, UnicodeError):
            return None
        entry = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
        off = entry.get("Hidden") == "true" or entry.get("X-GNOME-Autostart-enabled") == "false"
        return None if off or "Exec" not in entry else _words(entry["Exec"])


def probe() -> int:
    """Priority of the autostart folder, which every desktop reads."""
    return PRIORITY


def _path() -> Path:
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config", "autostart", _NAME)


def _exec(command: Sequence[str]) -> str:
    """A command as the value of ``Exec``: quoted by that key's rules, and then as any text of such a file."""
    quoted = " ".join(_quoted(word) for word in command)
    for plain, escaped in (("\\", "\\\\"), ("\n", "\\n"), ("\t", "\\t"), ("\r", "\\r")):
        quoted = quoted.replace(plain, escaped)
    return quoted


def _quoted(word: str) -> str:
    doubled = word.replace("%", "%%")
    return '"' + re.sub(r'(["`$\\])', r"\\\1", doubled) + '"' if _RESERVED.search(word) else doubled


def _words(value: str) -> list[str]:
    """The command of an ``Exec``: what :func:`_exec` does, undone."""
    meant = {"s": " ", "n": "\n", "t": "\t", "r": "\r", "\\": "\\"}
    text = re.sub(r"\\(.)", lambda found: meant.get(found[1], found[0]), value)
    words = re.findall(r'"((?:[^"\\]|\\.)*)"|([^ "]+)', text, re.DOTALL)
    return [(plain or re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL)).replace("%%", "%") for quoted, plain in words]
