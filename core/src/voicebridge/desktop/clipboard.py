"""The clipboard, by pyperclip, in a process of its own: the programs that it starts may wait for another program without end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress

from voicebridge.desktop import probes
from voicebridge.desktop.clipboard_process import FAILED, NO_SELECTION
from voicebridge.errors import Unavailable

SECONDS = 5.0
"""How long a clipboard may take. Other programs hand over what is on it, and one that hangs never does."""


class PyperclipClipboard:
    """Reads and writes text."""

    def read(self) -> str:
        """The text on the clipboard, empty when it holds none.

        Raises:
            Unavailable: when it can't be reached.
        """
        return self._ask("read") or self._nothing()

    def selection(self) -> str:
        """The text that is selected with the mouse, empty when none is; X and Wayland alone keep it for others to read.

        Raises:
            Unavailable: where there is no such thing, or it can't be reached.
        """
        return self._ask("selection") or self._nothing()

    def write(self, text: str) -> None:
        """Replace what is on the clipboard.

        Raises:
            Unavailable: when it can't be reached.
        """
        probes.clipboard()  # pyperclip takes a desktop that is gone for one that has done as it was told,
        self._ask("write", text)

    @staticmethod
    def _nothing() -> str:
        probes.clipboard()  # and for an empty clipboard
        return ""

    @staticmethod
    def _ask(verb: str, text: str = "") -> str:
        command = [sys.executable, "-P", "-m", "voicebridge.desktop.clipboard_process", verb]
        # A session of its own: what serves the text that was copied outlives us, and Ctrl-C; what hangs is ended with all that it started.
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
        )
        try:
            answer, _ = process.communicate(text.encode("utf-8", "replace"), timeout=SECONDS)
        except BaseException as error:
            _end(process)
            if isinstance(error, subprocess.TimeoutExpired):
                raise Unavailable(
                    f"The clipboard has not answered for {SECONDS:g} s: the program that owns it may hang. Copy anew, then try again."
                ) from error
            raise
        told = answer.decode("utf-8", "replace")
        if process.returncode in (NO_SELECTION, FAILED):
            probes.clipboard()  # which knows better what is missing, and what to do about it
        if process.returncode == NO_SELECTION:
            raise Unavailable("What is selected can't be read here. Copy it, and use the clipboard.")
        if process.returncode == FAILED:
            raise Unavailable(f"The clipboard can't be used: {told}. See: voicebridge doctor")
        if process.returncode != 0:
            raise Unavailable(f"The clipboard can't be used: pyperclip ended with code {process.returncode}. See: voicebridge doctor")
        return told


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
