"""Open files and pipes of any format as documents; the format is detected from the content.

Blocks may come from an iterator that reads the file as it advances, so that a book takes no more memory than a page. Errors in a file
are detected before the first block as far as possible, so that they are not reported after an hour of reading.
"""

from __future__ import annotations

import stat
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING

from voicebridge.blocks import Block, Document, DocumentSource
from voicebridge.documents.added import NONE, AddedReaders
from voicebridge.errors import InputError

if TYPE_CHECKING:
    from voicebridge.documents.encoding import FileKind

_LARGEST_PIPE = 256 << 20
"""Bytes."""
_MARKDOWN = frozenset({".md", ".markdown"})
_HTML = frozenset({".html", ".htm", ".xhtml"})


def read_document(path: Path, language: str | None = None, readers: AddedReaders = NONE) -> Document:
    """Read a file according to its content, regardless of its name.

    Args:
        path: of the file.
        language: ISO 639-1 code of its language, if known; helps to detect legacy encodings.
        readers: those of plugins.

    Raises:
        InputError: if it cannot be read or contains no text.
        PluginError: if a plugin that reads it fails.
        UnavailableError: if it requires the libraries of ``voicebridge-core[documents]`` and they are not installed.
    """
    try:
        return _begun(_read(_source(path), language, readers), str(path))
    except FileNotFoundError as error:
        raise InputError(f"{path} does not exist. Check the name.") from error
    except OSError as error:
        raise InputError(f"{path} can't be opened: {error.strerror or error}. Check its permissions.") from error


def read_bytes(data: bytes, name: str, language: str | None = None, readers: AddedReaders = NONE) -> Document:
    """Read data from a pipe according to its content; ``name`` identifies it in messages.

    Raises:
        InputError: if it contains no text.
        PluginError: as for :func:`read_document`.
        UnavailableError: as for :func:`read_document`.
    """
    return _begun(_read(DocumentSource(name, Path(name), data), language, readers), name)


def read_plain(path: Path | None, data: bytes | None, name: str, language: str | None = None) -> str:
    """Read a plain text, such as a script, from a file or a pipe.

    Raises:
        InputError: if it cannot be read or is not plain text.
        UnavailableError: if the library for detecting its encoding is missing.
    """
    from voicebridge.documents import encoding

    try:
        source = DocumentSource(name, Path(name), data) if path is None else _source(path)
        if encoding.kind_of(source) != "text":
            raise InputError(f"{name} is not plain text. Save it as text.")
        return encoding.decoded(source, language=language)
    except OSError as error:
        raise InputError(f"{name} can't be opened: {error.strerror or error}. Check its permissions.") from error


def read_text(text: str, *, markdown: bool = False) -> Document:
    """Treat a string as a document, in Markdown if ``markdown`` is set."""
    if markdown:
        from voicebridge.documents.markdown import read_markdown

        document = read_markdown(text)
    elif text.lstrip().startswith(("<speak>", "<speak ")):
        return read_bytes(text.encode("utf-8", "replace"), "The text")
    else:
        from voicebridge.documents.plain import plain_blocks

        document = Document(plain_blocks(text.splitlines()))
    return replace(document, blocks=_prose(document.blocks))


def read_pipe(pipe: IO[bytes], name: str) -> bytes:
    """Read a pipe to its end.

    Raises:
        InputError: if it is larger than any real document.
    """
    data = pipe.read(_LARGEST_PIPE + 1)
    if len(data) > _LARGEST_PIPE:
        raise InputError(f"{name} gives more than {_LARGEST_PIPE >> 20} MiB. Save it as a file and give that.")
    return data


def _source(path: Path) -> DocumentSource:
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise InputError(f"{path} is a folder. Give a file in it.")
    if stat.S_ISCHR(status.st_mode) or stat.S_ISBLK(status.st_mode):
        raise InputError(f"{path} is a device, not a document. Give a file, or - for standard input.")
    data = None
    if not stat.S_ISREG(status.st_mode):
        with path.open("rb") as pipe:
            data = read_pipe(pipe, str(path))
    source = DocumentSource(str(path), path, data)
    if not source.read(1):
        raise InputError(f"{path} is empty (0 bytes). Save or copy it again.")
    return source


def _read(source: DocumentSource, language: str | None, readers: AddedReaders) -> Document:
    from voicebridge.documents import encoding

    try:
        kind = encoding.kind_of(source)
    except InputError:
        if added := readers.of(source):
            return added.read(source)
        raise
    if kind == "text" and (added := readers.of(source)):
        return added.read(source)
    return _read_kind(source, kind, language)


def _read_kind(source: DocumentSource, kind: FileKind, language: str | None) -> Document:
    from voicebridge.documents import encoding

    if kind == "pdf":
        from voicebridge.documents.pdf import read_pdf

        return read_pdf(source)
    if kind == "epub":
        from voicebridge.documents.epub import read_epub

        return read_epub(source)
    if kind == "docx":
        from voicebridge.documents.docx import read_docx

        return read_docx(source)
    if kind == "xml":
        from voicebridge.documents.xml_books import read_xml

        return read_xml(source)
    if kind == "subtitles":
        from voicebridge.documents.cues import cue_blocks

        return Document(cue_blocks(encoding.decoded_lines(source, language)))
    suffix = source.path.suffix.lower()
    if kind == "html" or suffix in _HTML:
        from voicebridge.documents.markup import read_html

        return read_html(encoding.decoded(source, encoding.declared_encoding(source), language=language))
    if suffix in _MARKDOWN:
        from voicebridge.documents.markdown import read_markdown

        return read_markdown(encoding.decoded(source, language=language))
    from voicebridge.documents.plain import plain_blocks

    return Document(plain_blocks(encoding.decoded_lines(source, language)))


def _begun(document: Document, name: str) -> Document:
    blocks = _prose(document.blocks)
    first = next(blocks, None)
    if first is None:
        raise InputError(f"{name} contains no text to read aloud.")
    return replace(document, blocks=chain([first], blocks))


def _prose(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks without marks of notes and pages; blocks that are then empty are omitted."""
    from voicebridge.documents.notes import without_marks

    for block in blocks:
        text = block.text if block.kind in ("code", "break") else without_marks(block.text)
        if text is block.text:
            yield block
        elif text.strip():
            yield replace(block, text=text.strip())
