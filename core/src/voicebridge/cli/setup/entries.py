"""Where the insertion test writes: a test window, or the terminal if no window can be opened."""

from __future__ import annotations

import codecs
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Protocol

from voicebridge.cli.hotkeys.capture import quiet_terminal
from voicebridge.errors import UnavailableError

TITLE = "VoiceBridge: insertion test"
_OPEN = 15.0
"""Time-out in seconds for the window to open."""
LOOK = 0.02
"""Seconds between two checks of what has arrived."""
_PASTE_MARKS = re.compile("\x1b\\[20[01]~")
"""Marks around pasted text, in terminals with bracketed paste."""


class TextEntry(Protocol):
    """A target for insertion."""

    def text(self) -> str:
        """The text so far."""
        ...

    def has_focus(self) -> bool:
        """Whether typed text would arrive here, as far as known."""
        ...


class WindowEntry:
    """A window in a separate process."""

    def __init__(self) -> None:
        """Open it.

        Raises:
            UnavailableError: if no window can be opened here.
        """
        command = [sys.executable, "-m", "voicebridge.cli.setup.entry_window", TITLE]
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        )  # fmt: skip
        self._state = {"text": "", "focus": False}
        self._told = False
        self._listener = Thread(target=self._listen, name="setup-window", daemon=True)
        self._listener.start()
        wait_until(lambda: self._told or not self._listener.is_alive(), _OPEN)
        if not self._told:
            self.close()
            raise UnavailableError(f"The test window can't be opened: {self._reason or 'it did not open in time'}.")

    def text(self) -> str:
        """The text so far."""
        return str(self._state["text"])

    def has_focus(self) -> bool:
        """Whether the window has the focus."""
        return bool(self._state["focus"])

    def close(self) -> None:
        """Close it."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._listener.join()
        said = self._process.stderr.read() if self._process.stderr is not None else ""
        self._reason = re.sub(r"^[\w.]+: ", "", next(iter(reversed(said.strip().splitlines())), "")).rstrip(".")
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

    _reason = ""

    def _listen(self) -> None:
        for line in self._process.stdout or ():
            self._state = json.loads(line)
            self._told = True


class TerminalEntry:
    """The terminal of this process: inserted text arrives on stdin."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._heard = ""

    def text(self) -> str:
        """The text so far."""
        self._heard += self._decoder.decode(_typed())
        return _PASTE_MARKS.sub("", self._heard)

    def has_focus(self) -> bool:
        """Unknown; but a user who has just pressed Enter has the focus here."""
        return True


@contextmanager
def opened(tell: Callable[[str], None]) -> Iterator[TextEntry]:
    """A target for insertion.

    Args:
        tell: called with the reason if it is the terminal.

    Raises:
        UnavailableError: if there is neither a window nor a terminal.
    """
    try:
        window = WindowEntry()
    except UnavailableError as error:
        if not (sys.stdin and sys.stdin.isatty()):
            raise UnavailableError(f"{error} There is no terminal to insert into either. Run this in a terminal.") from error
        tell(f"{error} The text is inserted into this terminal instead.")
        with quiet_terminal():
            yield TerminalEntry()
        return
    try:
        yield window
    finally:
        window.close()


def wait_until(reached: Callable[[], bool], seconds: float) -> bool:
    """Whether a condition becomes true within a time-out."""
    end = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > end:
            return False
        time.sleep(LOOK)
    return True


def _typed() -> bytes:
    """The available input on stdin, a terminal in raw mode, in UTF-8."""
    if sys.platform == "win32":
        import msvcrt

        typed = ""
        while msvcrt.kbhit():
            typed += msvcrt.getwch()
        return typed.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()  # bytes of a character arrive separately
    import select

    waiting = b""
    while select.select([sys.stdin], [], [], 0)[0] and (new := os.read(sys.stdin.fileno(), 4096)):
        waiting += new
    return waiting
