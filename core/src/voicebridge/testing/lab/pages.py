"""Pages of the docs that are followed literally: their files are written, their commands run, and the output compared.

A block with ``title="NAME"`` is a file, and a ``console`` block contains commands, each on a line that starts with ``$``, with the output
below. In it, ``…`` matches any text, and alone on a line any lines; a command without output may print anything. Words after ``console``
change the assumptions: ``exit=2`` is the exit code of the block's last command, ``files=talk.wav,anna.mp3`` are recordings that exist.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess

import pytest

_BLOCK = re.compile(r"^```(?:console((?: \w+=\S+)*)|\w+ title=\"(.+?)\")\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class PageBlock:
    """A fenced block of a page: a file to write, or commands and their output."""

    title: str
    """The file's name; empty for commands."""
    exit_code: int
    """The exit code of the block's last command."""
    files: tuple[str, ...]
    """The recordings that its commands use."""
    text: str

    def write(self, folder: Path) -> None:
        """Write the file that it is."""
        file = folder / self.title
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(self.text, encoding="utf-8")

    def follow(self, run: Callable[[str], CompletedProcess[str]]) -> None:
        """Run its commands; the last one exits as the block says, the others with 0.

        Args:
            run: runs a command line and returns what it printed on stdout and stderr together.
        """
        commands = re.split(r"^\$ ", self.text, flags=re.MULTILINE)[1:]
        for number, command in enumerate(commands, 1):
            line, _, shown = command.partition("\n")
            done = run(line)
            told = f"$ {line}\n{done.stdout}"
            if done.returncode != (expected := self.exit_code if number == len(commands) else 0):
                pytest.fail(f"{told}\nended with {done.returncode}, not {expected}")
            if not matches(shown, done.stdout):
                pytest.fail(f"{told}\nis not what the page shows:\n{shown}")


def read_blocks(page: Path) -> list[PageBlock]:
    """The blocks of a page that are to be followed, in order."""
    found = []
    for block in _BLOCK.finditer(page.read_text(encoding="utf-8")):
        words = dict(word.split("=", 1) for word in (block[1] or "").split())
        files = tuple(words.pop("files", "").split(",")) if "files" in words else ()
        found.append(PageBlock(block[2] or "", int(words.pop("exit", 0)), files, block[3]))
        if words:
            pytest.fail(f"{page.name}: console blocks have no setting {', '.join(words)}")
    return found


def matches(shown: str, printed: str) -> bool:
    """Whether the output matches what is shown: ``…`` matches any text, alone on a line any lines; an empty one matches anything."""
    if not shown.strip():
        return True
    pattern = "".join(
        r"(?:.*\n)*" if line.strip() == "…" else ".*".join(map(re.escape, line.rstrip().split("…"))) + r"[ \t]*\n"
        for line in shown.strip().splitlines()
    )
    return re.fullmatch(pattern, printed.rstrip() + "\n") is not None
