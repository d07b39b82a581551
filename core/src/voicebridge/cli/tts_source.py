"""What ``voicebridge tts`` is to speak: text as it was typed, a document, standard input, the clipboard or the selection."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from voicebridge.audio.find import local_path
from voicebridge.errors import InputError
from voicebridge.text.document import SUFFIXES, Document, read_bytes, read_document, read_pipe, read_plain, read_text
from voicebridge.text.script import Turn, read_script

if TYPE_CHECKING:
    from voicebridge.ports import Clipboard
    from voicebridge.registry import Registry


@dataclass(frozen=True, slots=True)
class Source:
    """A text before it is read."""

    path: Path | None
    """The document's, where it is one."""
    open: Callable[[], Document]
    """Reads it as a document; may be called again."""
    script: Callable[[], list[Turn]]
    """Reads it as a script."""

    @property
    def name(self) -> str:
        """What a file with its sound is called, without ending."""
        return self.path.stem if self.path else "speech"

    @property
    def length(self) -> int:
        """Letters in all."""
        return sum(len(block.text) for block in self.open().blocks)


def find_source(named: str, registry: Registry, *, is_service: bool, language: str | None = None) -> Source:
    """What the user named.

    Args:
        named: text, a file's name, ``-``; with ``is_service`` ``--clipboard`` or ``--selection``.
        registry: for the service.
        is_service: whether it is one of those two.
        language: ISO 639-1 code of the text, where it is known.

    Raises:
        InputError: when it can't be read.
        Unavailable: when this session has no clipboard.
    """
    if is_service:
        clipboard: Clipboard = registry.load_service("clipboard")
        where = "The clipboard" if named == "--clipboard" else "The selection"
        text = clipboard.read() if named == "--clipboard" else clipboard.selection()
        return _from_text(
            text, f"{where} holds no text. Copy some first." if named == "--clipboard" else "No text is selected. Select some."
        )
    return _find_text(named, language)


def find_document(named: str, language: str | None = None) -> Document:
    """The text itself, a file, or with ``-`` standard input, as a document.

    Raises:
        InputError: when it can't be read.
    """
    return _find_text(named, language).open()


def _find_text(named: str, language: str | None) -> Source:
    if named == "-":
        if sys.stdin is None:
            raise InputError("Standard input is closed. Pipe a text into it, or name a file.")
        return _from_pipe(read_pipe(sys.stdin.buffer, "Standard input"), language)
    path = _as_file(named)
    if path is None:
        return _from_text(named, "The text is empty. Write what is to be spoken.")
    if path.is_dir():
        raise InputError(f"{path} is a folder. Name a document in it.")
    return Source(path, lambda: read_document(path, language), lambda: read_script(read_plain(path, None, str(path), language)))


def _from_pipe(data: bytes, language: str | None) -> Source:
    name = "standard input"
    if not data.strip():
        raise InputError("Standard input holds no text. Pipe some into it.")
    return Source(None, lambda: read_bytes(data, name, language), lambda: read_script(read_plain(None, data, name, language)))


def _from_text(text: str, empty: str) -> Source:
    if not text.strip():
        raise InputError(empty)
    return Source(None, lambda: read_text(text), lambda: read_script(text))


def _as_file(named: str) -> Path | None:
    """The file that is meant, or ``None`` where it is the text itself."""
    if not named.strip():
        return None
    path = local_path(named) if named.startswith("file://") else Path(named)
    try:
        if path.exists():
            return path
    except (OSError, ValueError):  # longer than any name, or with a null in it
        return None
    if path.suffix.lower() in SUFFIXES and not any(letter.isspace() for letter in named):
        raise InputError(f"{named} does not exist. Check the name.")
    return None
