"""A command in a pseudo-terminal, with a simulated user who types and reads its output."""

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

from voicebridge.testing.processes import PATIENCE

_CONTROLS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """The command, which is ended with this object; needs a system with pseudo-terminals."""

    process: subprocess.Popen[bytes]
    shown: str
    """Its output so far, without colours."""
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
        """Type a text; a line break is Enter."""
        os.write(self._ours, text.encode())

    def wait_for(self, text: str, seconds: float = PATIENCE) -> None:
        """Return when it has printed this since the last text waited for."""
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
        """Wait for it to end, and return its exit code."""
        end = time.monotonic() + seconds
        while self.process.poll() is None:
            self._read()  # or it would block on its output
            if time.monotonic() > end:
                pytest.fail(f"it has not ended after {self.shown!r}")
            time.sleep(0.01)
        self._read()
        return int(self.process.returncode)

    def close(self) -> None:
        """End the command."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._ours)

    def _read(self) -> str:
        with suppress(OSError):  # nothing new, or it has ended
            while new := os.read(self._ours, 65536):
                self.shown = _CONTROLS.sub("", self.shown + self._decoder.decode(new))
        return self.shown
