"""PDF files, read with PDFium page by page; only one page is open at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import islice
from typing import TYPE_CHECKING, Any

from voicebridge.blocks import Block, Document, DocumentSource
from voicebridge.documents.lines import Page, Paragraphs, PrintedLine, body_height, text_lines
from voicebridge.errors import InputError, UnavailableError

if TYPE_CHECKING:
    import pypdfium2

_MOST_DAMAGED = 1000
"""Consecutive damaged pages after which reading stops."""
_AROUND = 2
"""Pages before and after a page that are compared with it to find headers and footers."""

_SOFT_HYPHEN = "-"
_WIDE_GAP = 1.2
"""In letter heights: a wider gap separates table cells."""
_PARTED = "\x02\ufffe"
"""What PDFium returns for a hyphen at a line end, including the line end."""

Outline = dict[int, tuple[tuple[int, str], ...]]
"""The headings of each page that has any: level and text."""


def read_pdf(source: DocumentSource) -> Document:
    """Read a PDF file; headers, footers and page numbers are left out, and words and paragraphs that were split are rejoined.

    Raises:
        InputError: if it is damaged, encrypted, or contains scanned pages instead of text.
        UnavailableError: if pypdfium2 is not installed.
    """
    with closing(_open(source)) as pdf:
        _check_text(source, pdf)
        facts = pdf.get_metadata_dict(skip_empty=True)
        outline = _outline(pdf)
    return Document(_blocks(source, outline), facts.get("Title", "").strip() or None, facts.get("Author", "").strip() or None)


def _open(source: DocumentSource) -> pypdfium2.PdfDocument:
    try:
        import pypdfium2
    except ImportError as error:
        from voicebridge.installing import remedy

        raise UnavailableError(f"Reading {source.name} needs a library: {remedy('voicebridge-core[documents]')}") from error
    try:
        return pypdfium2.PdfDocument(source.path if source.data is None else source.data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise InputError(f"{source.name} is encrypted. Remove its password first: qpdf --decrypt --password=… IN OUT") from error
        raise InputError(f"{source.name} is damaged and can't be read as a PDF. Get it again from its source.") from error


def _check_text(source: DocumentSource, pdf: pypdfium2.PdfDocument) -> None:
    for page in _pages(pdf, {}):
        if any(letter.isalnum() for line in page.lines for letter in line.text):
            return
    raise InputError(f"{source.name} contains only page images, no text. Run OCR first: ocrmypdf IN.pdf OUT.pdf")


def _outline(pdf: pypdfium2.PdfDocument) -> Outline:
    outline: dict[int, list[tuple[int, str]]] = {}
    for entry in pdf.get_toc(max_depth=6):
        place = entry.get_dest()
        number = place.get_index() if place is not None else None
        title = " ".join((entry.get_title() or "").split())
        if number is not None and title:
            outline.setdefault(number, []).append((entry.level + 1, title))
    return {number: tuple(entries) for number, entries in outline.items()}


def _blocks(source: DocumentSource, outline: Outline) -> Iterator[Block]:
    paragraphs = Paragraphs(by_size=not outline)
    body = 0.0
    with closing(_open(source)) as pdf:
        for page, around in _with_neighbours(_pages(pdf, outline)):
            body = body_height(around) or body
            yield from paragraphs.of_page(page, text_lines(page, [each for each in around if each is not page]), body)
    yield from paragraphs.finished(body)


def _with_neighbours(pages: Iterator[Page]) -> Iterator[tuple[Page, Sequence[Page]]]:
    """Yield each page with its neighbours."""
    around: deque[Page] = deque(islice(pages, _AROUND + 1), 2 * _AROUND + 1)
    place = 0
    while place < len(around):
        yield around[place], around
        following = next(pages, None)
        if following is None:
            place += 1
        else:
            place += len(around) < 2 * _AROUND + 1
            around.append(following)


def _pages(pdf: pypdfium2.PdfDocument, outline: Outline) -> Iterator[Page]:
    """The pages that can be opened; a file may claim to have a million others."""
    damaged = 0
    for number in range(len(pdf)):
        page = _page(pdf, number, outline)
        if page is not None:
            yield page
        damaged = damaged + 1 if page is None else 0
        if damaged == _MOST_DAMAGED:
            return


def _page(pdf: pypdfium2.PdfDocument, number: int, outline: Outline) -> Page | None:
    from pypdfium2 import PdfiumError

    try:
        page = pdf[number]
    except PdfiumError:  # a damaged page between intact ones
        return None
    with closing(page), closing(page.get_textpage()) as text:
        return Page(tuple(_lines(text)), page.get_height(), outline.get(number, ()))


def _lines(page: Any) -> Iterator[PrintedLine]:
    from pypdfium2.raw import FPDFText_GetUnicode

    line: list[tuple[int, str]] = []
    for index in range(page.count_chars()):
        letter = chr(FPDFText_GetUnicode(page.raw, index))
        if letter in _PARTED:
            line.append((index, _SOFT_HYPHEN))
        elif letter not in "\r\n":
            line.append((index, letter))
        if line and letter in f"\r\n{_PARTED}":
            yield from _line(page, line)
            line = []
    yield from _line(page, line)


def _line(page: Any, letters: list[tuple[int, str]]) -> Iterator[PrintedLine]:
    inked = [index for index, letter in letters if not letter.isspace()]
    if inked:
        text = "".join(letter for _, letter in letters).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        left, bottom, _, top = page.get_charbox(inked[0], loose=True)
        right = page.get_charbox(inked[-1], loose=True)[2]
        yield PrintedLine(" ".join(text.split()), left, right, bottom, top, _cells(page, letters, top - bottom))


def _cells(page: Any, letters: list[tuple[int, str]], height: float) -> tuple[str, ...]:
    """The parts of a line between wide gaps; empty if it has no such gap."""
    cells, cell = [], ""
    last: int | None = None
    for index, letter in letters:
        if letter.isspace():
            cell += " "
            continue
        if last is not None and cell.endswith(" "):
            gap = page.get_charbox(index, loose=True)[0] - page.get_charbox(last, loose=True)[2]
            if gap > _WIDE_GAP * height:
                cells.append(" ".join(cell.split()))
                cell = ""
        cell += letter
        last = index
    return (*cells, " ".join(cell.split())) if cells else ()
