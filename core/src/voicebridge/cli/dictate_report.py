"""What ``voicebridge dictate`` shows: that it listens, the words as they come, and where they went."""

from __future__ import annotations

import shutil
import sys
from threading import Lock

from voicebridge.cli.terminal import Remarks
from voicebridge.pipeline.deliver import Delivered


class DictateReport:
    """Tells the user on stderr; on a terminal the words that are not final yet stand in one line that is written over."""

    def __init__(self, remarks: Remarks) -> None:
        self._remarks = remarks
        self._draws = sys.stderr.isatty()
        self._drawn = False
        self._lock = Lock()

    def listening(self) -> None:
        """Sound arrives."""
        self._remarks.detail("Listening.")
        self._draw("Listening …")

    def partial(self, text: str) -> None:
        """What has been understood so far; the end of it, where a line can't hold all."""
        self._draw(" ".join(text.split()))

    def delivered(self, text: str, delivered: Delivered) -> None:
        """A dictation is finished."""
        self.clear()
        if not text:
            self._remarks.say("No speech detected.")
            return
        self._remarks.say(f"{len(text)} characters: {delivered.to or 'not delivered'}.")

    def problem(self, message: str) -> None:
        """Something went wrong."""
        self.clear()
        self._remarks.error(message)

    def _draw(self, text: str) -> None:
        if not self._draws or self._remarks.is_quiet:
            return
        width = shutil.get_terminal_size().columns - 1
        with self._lock:
            self._drawn = True
            sys.stderr.write(f"\r\x1b[K{text if len(text) <= width else '…' + text[1 - width :]}")
            sys.stderr.flush()

    def clear(self) -> None:
        """Take the line away whose words are not final, as before something is printed."""
        with self._lock:
            if self._drawn:
                sys.stderr.write("\r\x1b[K")
                sys.stderr.flush()
            self._drawn = False
