"""A command in a terminal of its own, with somebody who types into it and reads what it shows."""

from __future__ import annotations

import codecs
import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress

import pytest

PATIENCE = 30.0
"""Seconds that something may take to be shown, and the command to end."""
_CONTROLS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """The command, which ends with this at the latest; it needs a system with pseudo-terminals."""

    process: subprocess.Popen[bytes]
    shown: str
    """All that it has printed so far, without colours."""
    _seen: int
    _ours: int
    _decoder: codecs.IncrementalDecoder

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.shown, self._seen, self._decoder = "", 0, codecs.getincrementaldecoder("utf-8")("replace")
        if sys.platform == "win32":
            pytest.skip("Windows has no pseudo-terminals that Python knows of")
        self._ours, theirs = os.openpty()
        os.set_blocking(self._ours, False)
        self.process = subprocess.Popen(  # noqa: S603 - a command of the test
            command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
        )
        os.close(theirs)

    def type(self, text: str) -> None:
        """Type something; a line break is Enter."""
        os.write(self._ours, text.encode())

    def wait_for(self, text: str, seconds: float = PATIENCE) -> None:
        """Return once it has shown this since what was waited for last."""
        end = time.monotonic() + seconds
        while (at := self._read().find(text, self._seen)) < 0:
            if time.monotonic() > end or (self.process.poll() is not None and text not in self._read()[self._seen :]):
                pytest.fail(f"waited in vain for {text!r} after {self.shown!r}")
            time.sleep(0.01)
        self._seen = at + len(text)

    def answer(self, question: str, answer: str = "") -> None:
        """Wait for a question, and answer it."""
        self.wait_for(question)
        self.type(f"{answer}\n")

    def wait(self, seconds: float = PATIENCE) -> int:
        """Wait for it to end, and give its exit code."""
        end = time.monotonic() + seconds
        while self.process.poll() is None:
            self._read()  # or it would wait for somebody to read what it prints
            if time.monotonic() > end:
                pytest.fail(f"it has not ended after {self.shown!r}")
            time.sleep(0.01)
        self._read()
        return int(self.process.returncode)

    def close(self) -> None:
        """End it."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._ours)

    def _read(self) -> str:
        with suppress(OSError):  # nothing new, or it has ended
            while new := os.read(self._ours, 65536):
                self.shown = _CONTROLS.sub("", self.shown + self._decoder.decode(new))
        return self.shown
