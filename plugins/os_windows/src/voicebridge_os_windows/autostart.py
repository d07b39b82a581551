"""Start at login through the user's Run key in the registry."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from ctypes import byref

from voicebridge.errors import UnavailableError

from voicebridge_os_windows import api

NAME = "VoiceBridge"
RUN = r"Software\Microsoft\Windows\CurrentVersion\Run"
APPROVED = r"Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"
"""Where the Task Manager stores which programs the user has disabled."""
LONGEST = 260
"""Maximum length in characters of a command in the Run key."""


class RunKeyAutostart:
    """Needs no administrator rights, and is listed in the Task Manager under startup apps."""

    def install(self, command: Sequence[str]) -> None:
        """Run ``command`` at login, even if the user had disabled it.

        Raises:
            UnavailableError: if the command is too long for Windows, or the registry rejects it.
        """
        line = subprocess.list2cmdline(command)
        if len(line) > LONGEST:
            raise UnavailableError(f"The command has {len(line)} characters, and Windows allows at most {LONGEST}: {line}")
        if sys.platform == "win32":
            import winreg

            try:
                with winreg.CreateKey(winreg.HKEY_CURRENT_USER, RUN) as key:
                    winreg.SetValueEx(key, NAME, 0, winreg.REG_SZ, line)
            except OSError as error:
                raise UnavailableError(
                    f"The registry can't be written: {error.strerror}. An administrator may have forbidden it."
                ) from error
        _delete(APPROVED)

    def uninstall(self) -> None:
        """Undo :meth:`install`; does nothing if not installed."""
        for path in (RUN, APPROVED):
            _delete(path)

    def installed(self) -> Sequence[str] | None:
        """The command that runs at login, ``None`` if there is none, or if the user has disabled it."""
        line, switched = _value(RUN), _value(APPROVED)
        if not isinstance(line, str) or (isinstance(switched, bytes) and switched[:1] and switched[0] % 2):
            return None
        return _split(line)


def _value(path: str) -> object:
    if sys.platform == "win32":
        import winreg

        with suppress(FileNotFoundError), winreg.OpenKey(winreg.HKEY_CURRENT_USER, path) as key:
            return winreg.QueryValueEx(key, NAME)[0]
    return None


def _delete(path: str) -> None:
    if sys.platform == "win32":
        import winreg

        with suppress(FileNotFoundError), winreg.OpenKey(winreg.HKEY_CURRENT_USER, path, 0, winreg.KEY_SET_VALUE) as key:
            winreg.DeleteValue(key, NAME)


def _split(line: str) -> list[str]:
    count = ctypes.c_int()
    words = api.shell32().CommandLineToArgvW(line, byref(count))
    try:
        return [words[index] for index in range(count.value)]
    finally:
        api.kernel32().LocalFree(ctypes.cast(words, ctypes.c_void_p))
