"""Print texts that are produced concurrently one after another."""

from __future__ import annotations

import io
import tempfile
from typing import IO, TextIO


class OrderedOutput:
    """Prints texts in the order of their numbers: the first unfinished one is streamed, the others wait on disk. Not thread-safe."""

    def __init__(self, stream: TextIO) -> None:
        """Texts are written to ``stream``, separated by an empty line."""
        self._stream = stream
        self.turn = 0
        """The number of the streamed text."""
        self._printing: int | None = None  # the number of the last printed text
        self._ended: set[int] = set()
        self._disk: IO[bytes] | None = None
        self._waiting: dict[int, list[tuple[int, int]]] = {}
        """For each buffered text, the (position, bytes) of its parts in the file."""

    def write(self, number: int, text: str) -> None:
        """Print or buffer a part of a text."""
        if number == self.turn:
            self._print(text)
            return
        if self._disk is None:
            self._disk = tempfile.TemporaryFile()  # noqa: SIM115 - open for as long as this object lives
        part = text.encode("utf-8", "surrogatepass")
        self._waiting.setdefault(number, []).append((self._disk.seek(0, 2), len(part)))
        self._disk.write(part)

    def end(self, number: int) -> None:
        """Finish a text, and print what was waiting for it."""
        self._ended.add(number)
        while self.turn in self._ended:
            self._ended.remove(self.turn)
            self.turn += 1
            for position, length in self._waiting.pop(self.turn, ()):
                assert self._disk is not None  # noqa: S101 - something waits
                self._disk.seek(position)
                self._print(self._disk.read(length).decode("utf-8", "surrogatepass"))

    def close(self) -> None:
        """Discard the buffered texts."""
        if self._disk is not None:
            self._disk.close()

    def _print(self, text: str) -> None:
        if self._printing not in (None, self.turn):
            self._stream.write("\n")
        self._printing = self.turn
        self._stream.write(text)


class Outlet(io.TextIOBase):
    """One of the texts, as the file for a transcript writer."""

    def __init__(self, turns: OrderedOutput, number: int) -> None:
        self._turns = turns
        self._number = number
        self._parts: list[str] = []

    def writable(self) -> bool:
        """Whether it can be written: always."""
        return True

    def write(self, text: str) -> int:
        """Take a part of the text. It is printed only by :meth:`flush`: while a plugin's code runs, what is printed goes to its log."""
        self._parts.append(text)
        return len(text)

    def flush(self) -> None:
        """Pass on what was written since the last call."""
        parts, self._parts = self._parts, []
        if parts:
            self._turns.write(self._number, "".join(parts))
