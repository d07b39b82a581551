"""The clipboard through pyperclip, in a separate process, because the programs that it starts may block forever."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress

from voicebridge.desktop import probes
from voicebridge.desktop.clipboard_process import FAILED, NO_SELECTION
from voicebridge.errors import UnavailableError

SECONDS = 5.0
"""Time-out in seconds. The clipboard's content comes from other programs, which may hang."""


class PyperclipClipboard:
    """Reads and writes text."""

    def read(self) -> str:
        """The text on the clipboard, empty if there is none.

        Raises:
            UnavailableError: if it can't be accessed.
        """
        return self._ask("read") or self._nothing()

    def selection(self) -> str:
        """The selected text, empty if there is none; only available on X and Wayland.

        Raises:
            UnavailableError: if it is not available or can't be accessed.
        """
        return self._ask("selection") or self._nothing()

    def write(self, text: str) -> None:
        """Replace the content of the clipboard.

        Raises:
            UnavailableError: if it can't be accessed.
        """
        probes.clipboard()  # pyperclip treats a missing desktop as a successful write,
        self._ask("write", text)

    @staticmethod
    def _nothing() -> str:
        probes.clipboard()  # and as an empty clipboard
        return ""

    @staticmethod
    def _ask(verb: str, text: str = "") -> str:
        command = [sys.executable, "-P", "-m", "voicebridge.desktop.clipboard_process", verb]
        # In its own session: the process that serves the copied text survives us, and Ctrl-C; a hung one is killed with all its children.
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
        )
        try:
            answer, _ = process.communicate(text.encode("utf-8", "replace"), timeout=SECONDS)
        except BaseException as error:
            _end(process)
            if isinstance(error, subprocess.TimeoutExpired):
                raise UnavailableError(
                    f"The clipboard has not answered for {SECONDS:g} s: the program that owns it may hang. Copy again, then retry."
                ) from error
            raise
        told = answer.decode("utf-8", "replace")
        if process.returncode in (NO_SELECTION, FAILED):
            probes.clipboard()  # its error has the better reason and remedy
        if process.returncode == NO_SELECTION:
            raise UnavailableError("The selection can't be read here. Copy it, and use the clipboard.")
        if process.returncode == FAILED:
            raise UnavailableError(f"The clipboard can't be used: {told}. See: voicebridge doctor")
        if process.returncode != 0:
            raise UnavailableError(f"The clipboard can't be used: pyperclip ended with code {process.returncode}. See: voicebridge doctor")
        return told


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
