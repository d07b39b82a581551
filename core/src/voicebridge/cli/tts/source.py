"""The input of ``voicebridge tts``: text, a document, standard input, the clipboard or the selection."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from voicebridge.audio.find_recordings import local_path
from voicebridge.blocks import Document
from voicebridge.documents.added import SUFFIXES, AddedReaders
from voicebridge.documents.read import read_bytes, read_document, read_pipe, read_plain, read_text
from voicebridge.errors import InputError

if TYPE_CHECKING:
    from voicebridge.ports import Clipboard
    from voicebridge.runtime.registry import Registry
    from voicebridge.tts.text.script import Turn


@dataclass(frozen=True, slots=True)
class TextSource:
    """A text that has not been read yet."""

    path: Path | None
    """The document's path, if it is one."""
    open: Callable[[], Document]
    """Reads it as a document; can be called again."""
    script: Callable[[], list[Turn]]
    """Reads it as a script."""

    @property
    def name(self) -> str:
        """The name of an audio file for it, without extension."""
        return self.path.stem if self.path else "speech"

    @property
    def length(self) -> int:
        """The total number of characters."""
        return sum(len(block.text) for block in self.open().blocks)


def find_source(named: str, registry: Registry, readers: AddedReaders, *, is_service: bool, language: str | None = None) -> TextSource:
    """Resolve the argument.

    Args:
        named: text, a file name, ``-``; with ``is_service`` ``--clipboard`` or ``--selection``.
        registry: for the clipboard service.
        readers: those of plugins.
        is_service: whether it is one of those two.
        language: ISO 639-1 code of the text, if known.

    Raises:
        InputError: if it can't be read.
        UnavailableError: if this session has no clipboard.
    """
    if is_service:
        clipboard: Clipboard = registry.load_service("clipboard")
        where = "The clipboard" if named == "--clipboard" else "The selection"
        text = clipboard.read() if named == "--clipboard" else clipboard.selection()
        return _from_text(
            text, f"{where} contains no text. Copy some first." if named == "--clipboard" else "No text is selected. Select some first."
        )
    return _find_text(named, language, readers)


def find_document(named: str, language: str | None, readers: AddedReaders) -> Document:
    """The text itself, a file, or with ``-`` standard input, as a document.

    Raises:
        InputError: if it can't be read.
    """
    return _find_text(named, language, readers).open()


def _find_text(named: str, language: str | None, readers: AddedReaders) -> TextSource:
    if named == "-":
        if sys.stdin is None:
            raise InputError("Standard input is closed. Pipe a text into it, or give a file.")
        return _from_pipe(read_pipe(sys.stdin.buffer, "Standard input"), language, readers)
    path = _as_file(named, readers)
    if path is None:
        return _from_text(named, "The text is empty. Give the text to speak.")
    if path.is_dir():
        raise InputError(f"{path} is a folder. Give a document in it.")
    return TextSource(path, lambda: read_document(path, language, readers), lambda: _turns(read_plain(path, None, str(path), language)))


def _from_pipe(data: bytes, language: str | None, readers: AddedReaders) -> TextSource:
    name = "standard input"
    if not data.strip():
        raise InputError("Standard input contains no text. Pipe some into it.")
    return TextSource(None, lambda: read_bytes(data, name, language, readers), lambda: _turns(read_plain(None, data, name, language)))


def _from_text(text: str, empty: str) -> TextSource:
    if not text.strip():
        raise InputError(empty)
    return TextSource(None, lambda: read_text(text), lambda: _turns(text))


def _turns(text: str) -> list[Turn]:
    from voicebridge.tts.text.script import read_script  # imported on demand: most texts are not scripts

    return read_script(text)


def _as_file(named: str, readers: AddedReaders) -> Path | None:
    """The file of that name, or ``None`` if the argument is the text itself."""
    if not named.strip():
        return None
    path = local_path(named) if named.startswith("file://") else Path(named)
    try:
        if path.exists():
            return path
    except (OSError, ValueError):  # too long for a file name, or contains a null character
        return None
    suffix = path.suffix.lower()
    if suffix and not any(letter.isspace() for letter in named) and (suffix in SUFFIXES or suffix in readers.suffixes):
        raise InputError(f"{named} does not exist. Check the name.")
    return None
