"""Detect a file's format from its content, and the encoding of its text."""

from __future__ import annotations

import codecs
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Literal

from voicebridge.blocks import DocumentSource
from voicebridge.documents import charsets
from voicebridge.errors import InputError, UnavailableError
from voicebridge.patterns import pattern

_HEAD = 65_536
"""Bytes needed to detect the format of a file."""
_LONGEST_LINE = 1_000_000
"""Characters; a longer line is split."""
_LARGEST_TEXT = 64 << 20
"""Bytes of a format that must be read as a whole; the longest books need a tenth of it."""
_SAMPLE = 4_000_000
"""Bytes from which an encoding is guessed."""

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),  # before UTF-16: its byte order mark is a prefix of one of these
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip

_RECORDINGS = (b"RIFF", b"ID3", b"fLaC", b"OggS", b"\x1aE\xdf\xa3", b"\xff\xfb", b"\xff\xf3", b"FORM", b"wvpk")
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*", b"BM")
_OTHERS = {
    b"\xd0\xcf\x11\xe0": "is an old or password-protected Word file. Save it as .docx without a password.",
    b"%!PS": "is a PostScript file. Convert it to PDF with ps2pdf.",
}
_ROOT = pattern(rb"<(?:!doctype\s+)?(?:[\w.-]+:)?([\w.-]{1,40})", re.IGNORECASE)
_CUES = pattern(rb"(?:WEBVTT\b[^\n]*\n|\d{1,6}[ \t]*\r?\n)[\s\S]{0,2000}?(?:\d+:)?\d\d:\d\d[,.]\d{3}[ \t]*-->")
_KINDLE = (b"BOOKMOBI", b"TEXtREAd")
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument.text"
_LONGEST_TYPE = 1000
"""Bytes of the name of a media type."""
_XML_BOOKS = frozenset({"fictionbook", "dtbook", "speak"})
_CHARSET = pattern(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?([\w.:-]+)|<\?xml[^>]{0,100}?encoding\s*=\s*["']([\w.:-]+)""", re.IGNORECASE)
_CONTROLS = bytes(code for code in range(32) if chr(code) not in "\t\n\v\f\r\x1a\x1b")

FileKind = Literal["pdf", "epub", "docx", "html", "xml", "subtitles", "text"]


def kind_of(source: DocumentSource) -> FileKind:
    """Detect what a file contains.

    Raises:
        InputError: if it cannot be read aloud; the message names the actual format if that is known.
    """
    head = source.read(_HEAD)
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(b"PK"):
        return _kind_of_archive(source)
    if head.startswith(b"{\\rtf"):
        raise _needs_plugin(source, "an RTF file")
    for magic, verdict in _OTHERS.items():
        if head.startswith(magic):
            raise InputError(f"{source.name} {verdict}")
    if head.startswith(_RECORDINGS) or head[4:8] == b"ftyp":
        raise InputError(f"{source.name} is a recording, not a text. To transcribe it: voicebridge stt {source.name}")
    if head.startswith(_PICTURES) and b"\0" in head:
        raise InputError(f"{source.name} is an image, not a text. Extract the text first, for example with tesseract.")
    if head[60:68] in _KINDLE:
        raise InputError(f"{source.name} is a Kindle book. Convert it to EPUB first, for example with Calibre: ebook-convert IN OUT.epub")
    if _bom(head) is None and _is_binary(head):
        raise InputError(f"{source.name} is not text but binary data. Give a text, Markdown, HTML, EPUB, PDF or Word file.")
    return _kind_of_text(source, head)


def _kind_of_text(source: DocumentSource, head: bytes) -> FileKind:
    if mark := _bom(head):
        head = head.decode(mark, "ignore").encode()
    text = head.lstrip()
    is_xml = text.startswith(b"<?xml")
    while text.startswith((b"<!--", b"<?")):
        _, found, text = text.partition(b"-->" if text.startswith(b"<!--") else b">")
        if not found:
            return "text"
        text = text.lstrip()
    match = _ROOT.match(text)
    root = match[1].decode("ascii", "replace").lower() if match else ""
    if root in ("html", "head", "body"):
        return "html"
    if root in _XML_BOOKS:
        return "xml"
    if root and is_xml:
        raise InputError(f"{source.name} is XML of an unknown kind (<{root}>). Convert it to HTML, EPUB or text.")
    return "subtitles" if _CUES.match(head.lstrip()) else "text"


def decoded(source: DocumentSource, declared: str | None = None, *, language: str | None = None) -> str:
    """Decode a file: with the encoding it declares if that is valid, else with one used for the language.

    Raises:
        InputError: if the encoding cannot be determined.
        UnavailableError: if the library for detecting it is missing.
    """
    size = source.path.stat().st_size if source.data is None else len(source.data)
    if size > _LARGEST_TEXT:
        raise InputError(f"{source.name} has {size >> 20} MiB, and the limit for a page or script is {_LARGEST_TEXT >> 20} MiB. Split it.")
    return source.read().decode(_encoding_of(source, declared, language), errors="replace").removeprefix("\ufeff")


def decoded_bytes(data: bytes) -> str:
    """Decode a part of a book with the encoding it declares, else as UTF-8."""
    declared = _declared(data[:4096])
    declared = declared and charsets.LIKE.get(declared.lower(), declared)
    for encoding in filter(None, (_bom(data), declared)):
        try:
            return data.decode(encoding).removeprefix("\ufeff")
        except (UnicodeError, LookupError):
            continue
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode(charsets.guessed(data[:_SAMPLE], None) or "utf-8", errors="replace")


def decoded_lines(source: DocumentSource, language: str | None = None) -> Iterator[str]:
    """Iterate over the lines of a file; the encoding is determined before the first one.

    Raises:
        InputError: if the encoding cannot be determined.
        UnavailableError: if the library for detecting it is missing.
    """
    return _lines(source, _encoding_of(source, None, language))


def declared_encoding(source: DocumentSource) -> str | None:
    """The encoding that a web page declares."""
    return _declared(source.read(4096))


def _declared(head: bytes) -> str | None:
    match = _CHARSET.search(head)
    return (match[1] or match[2]).decode("ascii", "replace") if match else None


def _lines(source: DocumentSource, encoding: str) -> Iterator[str]:
    with source.open() as file:
        text = io.TextIOWrapper(file, encoding, errors="replace")
        while line := text.readline(_LONGEST_LINE):
            yield line.removeprefix("\ufeff")
        text.detach()


def _bom(head: bytes) -> str | None:
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding
    even, odd = head[:4096:2], head[1:4096:2]  # in UTF-16, every Latin letter has one zero byte
    if len(odd) > 2 and not even.count(0) and odd.count(0) > 0.7 * len(odd):
        return "utf-16-le"
    return "utf-16-be" if len(even) > 2 and not odd.count(0) and even.count(0) > 0.7 * len(even) else None


def _is_binary(head: bytes) -> bool:
    controls = len(head) - len(head.translate(None, _CONTROLS))
    return b"\0" in head or controls > len(head) / 50


def media_type(source: DocumentSource) -> str | None:
    """What an archive says that it is, in a part of its own, as OpenDocument files and EPUB books do."""
    try:
        with source.open() as file, zipfile.ZipFile(file) as archive:
            info = archive.getinfo("mimetype")
            return archive.read(info).decode("ascii", "replace").strip() if info.file_size <= _LONGEST_TYPE else None
    except (zipfile.BadZipFile, zlib.error, KeyError, EOFError, NotImplementedError, RuntimeError, OSError, ValueError):
        return None


def _needs_plugin(source: DocumentSource, what: str) -> InputError:
    from voicebridge.installing import remedy

    return InputError(f"{source.name} is {what}. To read it, install: {remedy('voicebridge-documents')}")


def _kind_of_archive(source: DocumentSource) -> FileKind:
    try:
        with source.open() as file, zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise InputError(f"{source.name} is a damaged EPUB or Word file, or a damaged archive. Get it again from its source.") from error
    if "META-INF/container.xml" in names or any(name.endswith(".opf") for name in names):
        return "epub"
    if "word/document.xml" in names:
        return "docx"
    if media_type(source) == _OPEN_DOCUMENT:
        raise _needs_plugin(source, "an OpenDocument text")
    raise InputError(f"{source.name} is an archive without an EPUB book or a Word document. Unpack it and give a file.")


def _encoding_of(source: DocumentSource, declared: str | None, language: str | None) -> str:
    head = source.read(_HEAD)
    if marked := _bom(head):
        return marked
    declared = declared and charsets.LIKE.get(declared.lower(), declared)
    for encoding in ("utf-8", declared):
        if encoding and _decodes(source, encoding):
            return encoding
    return _guessed(source, language)


def _decodes(source: DocumentSource, encoding: str) -> bool:
    try:
        decoder = codecs.getincrementaldecoder(encoding)()
    except LookupError:
        return False
    with source.open() as file:
        try:
            while data := file.read(1 << 20):
                decoder.decode(data)
            decoder.decode(b"", final=True)
        except (UnicodeError, ValueError):
            return False
    return True


def _guessed(source: DocumentSource, language: str | None) -> str:
    sample = source.read(_SAMPLE)
    if known := charsets.guessed(sample, language):
        return known
    try:
        from charset_normalizer import from_bytes
    except ImportError as error:
        from voicebridge.installing import remedy

        needed = remedy("voicebridge-core[documents]")
        raise UnavailableError(f"{source.name} is not UTF-8, and detecting its encoding needs a library: {needed}") from error
    best = from_bytes(sample).best()
    if best is None:
        raise InputError(f"{source.name} has an unknown text encoding. Save it as UTF-8.")
    return best.encoding
