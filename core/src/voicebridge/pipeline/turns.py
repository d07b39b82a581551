"""Texts that are made at the same time, printed one after another."""

from __future__ import annotations

import tempfile
from typing import IO, TextIO


class Turns:
    """Brings texts into the order of their numbers: the first that is unfinished streams, the others wait on disk. For one thread."""

    def __init__(self, stream: TextIO) -> None:
        """The texts go to ``stream``, with an empty line between one and the next."""
        self._stream = stream
        self.turn = 0
        """The number of the text that streams."""
        self._printing: int | None = None  # whose text was printed last
        self._ended: set[int] = set()
        self._disk: IO[bytes] | None = None
        self._waiting: dict[int, list[tuple[int, int]]] = {}
        """For each text that waits, the (position, bytes) of its parts in the file."""

    def write(self, number: int, text: str) -> None:
        """Print a part of a text, or have it wait."""
        if number == self.turn:
            self._print(text)
            return
        if self._disk is None:
            self._disk = tempfile.TemporaryFile()  # noqa: SIM115 - open for as long as this object lives
        part = text.encode("utf-8", "surrogatepass")
        self._waiting.setdefault(number, []).append((self._disk.seek(0, 2), len(part)))
        self._disk.write(part)

    def end(self, number: int) -> None:
        """No more comes of this text; what waited for its end is printed."""
        self._ended.add(number)
        while self.turn in self._ended:
            self._ended.remove(self.turn)
            self.turn += 1
            for position, length in self._waiting.pop(self.turn, ()):
                assert self._disk is not None  # noqa: S101 - something waits
                self._disk.seek(position)
                self._print(self._disk.read(length).decode("utf-8", "surrogatepass"))

    def close(self) -> None:
        """Give up what still waits."""
        if self._disk is not None:
            self._disk.close()

    def _print(self, text: str) -> None:
        if self._printing not in (None, self.turn):
            self._stream.write("\n")
        self._printing = self.turn
        self._stream.write(text)


class Outlet:
    """One of the texts, as the file that a transcript's writer writes to."""

    def __init__(self, turns: Turns, number: int) -> None:
        self._turns = turns
        self._number = number

    def write(self, text: str) -> int:
        """Pass a part of the text on."""
        self._turns.write(self._number, text)
        return len(text)
