"""Where the insertion test writes to: a window of our own, or the terminal where no window can be opened."""

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

from voicebridge.cli.hotkeys_capture import quiet_terminal
from voicebridge.errors import Unavailable

TITLE = "VoiceBridge: insertion test"
_OPEN = 15.0
"""Seconds that a window may take to open."""
LOOK = 0.02
"""Seconds between two looks at what has arrived."""
_PASTE_MARKS = re.compile("\x1b\\[20[01]~")
"""Around what is pasted, in terminals that were told to mark it."""


class Entry(Protocol):
    """What text can be inserted into."""

    def text(self) -> str:
        """What has arrived so far."""
        ...

    def has_focus(self) -> bool:
        """Whether what is typed now arrives here, as far as that is known."""
        ...


class WindowEntry:
    """A window of a process of its own."""

    def __init__(self) -> None:
        """Open it.

        Raises:
            Unavailable: when no window can be opened here.
        """
        command = [sys.executable, "-m", "voicebridge.cli.setup_steps.entry_window", TITLE]
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
            raise Unavailable(f"No window can be opened: {self._reason or 'it did not open in time'}.")

    def text(self) -> str:
        """What has arrived so far."""
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
    """The terminal that this runs in: what is inserted there comes in on stdin."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._heard = ""

    def text(self) -> str:
        """What has arrived so far."""
        self._heard += self._decoder.decode(_typed())
        return _PASTE_MARKS.sub("", self._heard)

    def has_focus(self) -> bool:
        """Nobody tells; whoever pressed Enter a moment ago has it here."""
        return True


@contextmanager
def opened(tell: Callable[[str], None]) -> Iterator[Entry]:
    """Something to insert into.

    Args:
        tell: told that it is the terminal, and why.

    Raises:
        Unavailable: when there is neither a window nor a terminal.
    """
    try:
        window = WindowEntry()
    except Unavailable as error:
        if not (sys.stdin and sys.stdin.isatty()):
            raise Unavailable(f"{error} Nor is there a terminal to write into: run this in one.") from error
        tell(f"{error} The text goes into this terminal instead.")
        with quiet_terminal():
            yield TerminalEntry()
        return
    try:
        yield window
    finally:
        window.close()


def wait_until(reached: Callable[[], bool], seconds: float) -> bool:
    """Whether it was so within some time."""
    end = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > end:
            return False
        time.sleep(LOOK)
    return True


def _typed() -> bytes:
    """What waits to be read on stdin, a terminal that gives each character as it comes, in UTF-8."""
    if sys.platform == "win32":
        import msvcrt

        typed = ""
        while msvcrt.kbhit():
            typed += msvcrt.getwch()
        return typed.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()  # halves of a character come one by one
    import select

    waiting = b""
    while select.select([sys.stdin], [], [], 0)[0] and (new := os.read(sys.stdin.fileno(), 4096)):
        waiting += new
    return waiting
