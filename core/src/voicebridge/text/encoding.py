"""What a file is, told by its content, and what encoding its text is in."""

from __future__ import annotations

import codecs
import io
import re
import zipfile
from collections.abc import Iterator
from typing import Literal

from voicebridge.errors import InputError, Unavailable
from voicebridge.text import charsets
from voicebridge.text.document import Source

_HEAD = 65_536
"""Bytes that are enough to tell what a file is."""
_LONGEST_LINE = 1_000_000
"""Letters: a line that is longer is taken in parts."""
_LARGEST_TEXT = 64 << 20
"""Bytes of what has to be read as a whole: the longest books take a tenth of it."""
_SAMPLE = 4_000_000
"""Bytes that an encoding is guessed from."""

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),  # before UTF-16, whose mark begins one of them
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip

_RECORDINGS = (b"RIFF", b"ID3", b"fLaC", b"OggS", b"\x1aE\xdf\xa3", b"\xff\xfb", b"\xff\xf3", b"FORM", b"wvpk")
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*", b"BM")
_OTHERS = {
    b"\xd0\xcf\x11\xe0": "is an old Word file, or one with a password. Save it as .docx without a password.",
    b"{\\rtf": "is an RTF file. Save it as .docx or as text.",
    b"%!PS": "is a PostScript file. Make a PDF of it: ps2pdf.",
}
_ROOT = re.compile(rb"<(?:!doctype\s+)?(?:[\w.-]+:)?([\w.-]{1,40})", re.IGNORECASE)
_CUES = re.compile(rb"(?:WEBVTT\b[^\n]*\n|\d{1,6}[ \t]*\r?\n)[\s\S]{0,2000}?(?:\d+:)?\d\d:\d\d[,.]\d{3}[ \t]*-->")
_KINDLE = (b"BOOKMOBI", b"TEXtREAd")
_XML_BOOKS = frozenset({"fictionbook", "dtbook", "speak"})
_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?([\w.:-]+)|<\?xml[^>]{0,100}?encoding\s*=\s*["']([\w.:-]+)""", re.IGNORECASE)
_CONTROLS = bytes(code for code in range(32) if chr(code) not in "\t\n\v\f\r\x1a\x1b")

FileKind = Literal["pdf", "epub", "docx", "html", "xml", "subtitles", "text"]


def kind_of(source: Source) -> FileKind:
    """What a file holds.

    Raises:
        InputError: when it is nothing that can be read aloud; the message says what it is instead, where that is known.
    """
    head = source.read(_HEAD)
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(b"PK"):
        return _kind_of_archive(source)
    for magic, verdict in _OTHERS.items():
        if head.startswith(magic):
            raise InputError(f"{source.name} {verdict}")
    if head.startswith(_RECORDINGS) or head[4:8] == b"ftyp":
        raise InputError(f"{source.name} is a recording, not a text. To write down what is said in it: voicebridge stt {source.name}")
    if head.startswith(_PICTURES) and b"\0" in head:
        raise InputError(f"{source.name} is a picture, not a text. Read the text off it first, for example with tesseract.")
    if head[60:68] in _KINDLE:
        raise InputError(f"{source.name} is a Kindle book. Convert it to EPUB first, for example with Calibre: ebook-convert IN OUT.epub")
    if _bom(head) is None and _is_binary(head):
        raise InputError(f"{source.name} is not text: it holds binary data. Name a text, Markdown, HTML, EPUB, PDF or Word file.")
    return _kind_of_text(source, head)


def _kind_of_text(source: Source, head: bytes) -> FileKind:
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
        raise InputError(f"{source.name} is XML of a kind that can't be read aloud (<{root}>). Convert it to HTML, EPUB or text.")
    return "subtitles" if _CUES.match(head.lstrip()) else "text"


def decoded(source: Source, declared: str | None = None, *, language: str | None = None) -> str:
    """The whole text of a file, in the encoding that it names itself where it is right, else in one of those of the language.

    Raises:
        InputError: when its encoding can't be told.
        Unavailable: when the library that would tell it is missing.
    """
    size = source.path.stat().st_size if source.data is None else len(source.data)
    if size > _LARGEST_TEXT:
        raise InputError(
            f"{source.name} has {size >> 20} MiB, and a page or script of more than {_LARGEST_TEXT >> 20} MiB can't be read. Split it."
        )
    return source.read().decode(_encoding_of(source, declared, language), errors="replace").removeprefix("\ufeff")


def decoded_bytes(data: bytes) -> str:
    """A part of a book as text, in the encoding that it names, else in UTF-8."""
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


def decoded_lines(source: Source, language: str | None = None) -> Iterator[str]:
    """The lines of a file; they are read one by one, and the encoding is told before the first of them.

    Raises:
        InputError: when its encoding can't be told.
        Unavailable: when the library that would tell it is missing.
    """
    return _lines(source, _encoding_of(source, None, language))


def declared_encoding(source: Source) -> str | None:
    """The encoding that a web page says it is in."""
    return _declared(source.read(4096))


def _declared(head: bytes) -> str | None:
    match = _CHARSET.search(head)
    return (match[1] or match[2]).decode("ascii", "replace") if match else None


def _lines(source: Source, encoding: str) -> Iterator[str]:
    with source.open() as file:
        text = io.TextIOWrapper(file, encoding, errors="replace")
        while line := text.readline(_LONGEST_LINE):
            yield line.removeprefix("\ufeff")
        text.detach()


def _bom(head: bytes) -> str | None:
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding
    even, odd = head[:4096:2], head[1:4096:2]  # Latin letters in UTF-16 have a zero each
    if len(odd) > 2 and not even.count(0) and odd.count(0) > 0.7 * len(odd):
        return "utf-16-le"
    return "utf-16-be" if len(even) > 2 and not odd.count(0) and even.count(0) > 0.7 * len(even) else None


def _is_binary(head: bytes) -> bool:
    controls = len(head) - len(head.translate(None, _CONTROLS))
    return b"\0" in head or controls > len(head) / 50


def _kind_of_archive(source: Source) -> FileKind:
    try:
        with source.open() as file, zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise InputError(f"{source.name} is a damaged EPUB or Word file, or a damaged archive. Get it again from where it came.") from error
    if "META-INF/container.xml" in names or any(name.endswith(".opf") for name in names):
        return "epub"
    if "word/document.xml" in names:
        return "docx"
    raise InputError(f"{source.name} is an archive that holds neither an EPUB book nor a Word document. Name a file from within it.")


def _encoding_of(source: Source, declared: str | None, language: str | None) -> str:
    head = source.read(_HEAD)
    if marked := _bom(head):
        return marked
    declared = declared and charsets.LIKE.get(declared.lower(), declared)
    for encoding in ("utf-8", declared):
        if encoding and _decodes(source, encoding):
            return encoding
    return _guessed(source, language)


def _decodes(source: Source, encoding: str) -> bool:
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


def _guessed(source: Source, language: str | None) -> str:
    sample = source.read(_SAMPLE)
    if known := charsets.guessed(sample, language):
        return known
    try:
        from charset_normalizer import from_bytes
    except ImportError as error:
        from voicebridge.installing import remedy

        needed = remedy("voicebridge-core[documents]")
        raise Unavailable(f"{source.name} is not UTF-8, and telling its encoding takes a library: {needed}") from error
    best = from_bytes(sample).best()
    if best is None:
        raise InputError(f"{source.name} is text in no encoding that can be told. Save it as UTF-8.")
    return best.encoding
