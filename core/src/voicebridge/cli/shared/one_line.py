"""One line on a terminal that is replaced in place, such as words that are not final."""

from __future__ import annotations

import os
import shutil
import sys
from threading import Lock

_CLEARED = "\r\x1b[K"


class OneLine:
    """The last line on stderr, if that is a capable terminal; can be used from any thread."""

    def __init__(self, *, shown: bool) -> None:
        """Nothing is drawn unless ``shown``."""
        self._draws = shown and sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._drawn = False
        self._lock = Lock()

    def draw(self, text: str) -> None:
        """Replace the line; only the end of a text that is wider than the terminal is shown."""
        if not self._draws:
            return
        shown = fitting(text, shutil.get_terminal_size().columns - 1)
        with self._lock:
            self._drawn = True
            sys.stderr.write(f"{_CLEARED}{shown}")
            sys.stderr.flush()

    def clear(self) -> None:
        """Remove the line, before something else is printed."""
        with self._lock:
            if self._drawn:
                sys.stderr.write(_CLEARED)
                sys.stderr.flush()
            self._drawn = False


def fitting(text: str, width: int) -> str:
    """The text without control characters and, if it takes more than ``width`` columns, only its end after an ellipsis."""
    from rich.cells import cell_len

    text = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    if cell_len(text) <= width:
        return text
    start, left = len(text), width - 1
    while start and cell_len(text[start - 1]) <= left:
        start -= 1
        left -= cell_len(text[start])
    return f"…{text[start:]}"
