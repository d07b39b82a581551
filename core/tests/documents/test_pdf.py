"""PDF files, written here by hand so that every position on a page is known."""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from voicebridge.blocks import Block
from voicebridge.documents.lines import Page, PrintedLine, joined, text_lines
from voicebridge.documents.read import read_document
from voicebridge.errors import InputError, UnavailableError
from voicebridge.installing import remedy

Word = tuple[float, float, float, str]
"""Left edge, height above the page's bottom, font size, text."""

_PADDING = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")


def _rc4(key: bytes, data: bytes) -> bytes:
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    i = j = 0
    out = bytearray()
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)


def _escaped(text: str) -> bytes:
    return text.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


class Pdf:
    """A PDF file under construction."""

    def __init__(self) -> None:
        self.objects: list[bytes] = []

    def add(self, body: bytes) -> int:
        self.objects.append(body)
        return len(self.objects)

    def add_stream(self, data: bytes, entries: bytes = b"") -> int:
        return self.add(b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), entries, data))

    def written(self, root: int, extra: bytes = b"") -> bytes:
        out = bytearray(b"%PDF-1.4\n")
        places = []
        for number, body in enumerate(self.objects, start=1):
            places.append(len(out))
            out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
        start = len(out)
        out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1) + b"".join(b"%010d 00000 n \n" % place for place in places)
        out += b"trailer\n<< /Size %d /Root %d 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (len(places) + 1, root, extra, start)
        return bytes(out)


def pdf_bytes(
    pages: Sequence[Sequence[Word]], outline: Sequence[tuple[str, int]] = (), title: str = "", password: str = "", picture: bool = False
) -> bytes:
    pdf = Pdf()
    font = pdf.add(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
    image = pdf.add_stream(zlib.compress(b"\x80" * 64), b"/Type /XObject /Subtype /Image /Width 8 /Height 8 /ColorSpace /DeviceGray"
                           b" /BitsPerComponent 8 /Filter /FlateDecode")  # fmt: skip
    tree = len(pdf.objects) + 1 + 2 * len(pages)
    kids = []
    key = b""
    if password:
        padded = (password.encode() + _PADDING)[:32]
        owner = _rc4(hashlib.md5(padded).digest()[:5], padded)
        key = hashlib.md5(padded + owner + (-4).to_bytes(4, "little", signed=True) + b"0123456789abcdef").digest()[:5]
    for words in pages:
        content = b"".join(
            b"BT /F1 %g Tf %g %g Td (%s) Tj ET\n" % (size, left, height, _escaped(text)) for left, height, size, text in words
        )
        content += b"q 400 0 0 500 100 100 cm /Im1 Do Q\n" if picture else b""
        if key:
            number = len(pdf.objects) + 1
            content = _rc4(hashlib.md5(key + number.to_bytes(3, "little") + b"\0\0").digest()[:10], content)
        stream = pdf.add_stream(content)
        kids.append(pdf.add(
            b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 595 842] /Contents %d 0 R"
            b" /Resources << /Font << /F1 %d 0 R >> /XObject << /Im1 %d 0 R >> >> >>"
            % (tree, stream, font, image)
        ))  # fmt: skip
    assert pdf.add(b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(b"%d 0 R" % kid for kid in kids))) == tree
    entries = b""
    if outline:
        top = len(pdf.objects) + 1
        for place, (name, page) in enumerate(outline):
            before = b"/Prev %d 0 R" % (top + place) if place else b""
            after = b"/Next %d 0 R" % (top + place + 2) if place + 1 < len(outline) else b""
            pdf.objects.append(b"")
            pdf.objects[-1] = b"<< /Title (%s) /Parent %d 0 R /Dest [%d 0 R /Fit] %s %s >>" % (
                _escaped(name),
                top,
                kids[page],
                before,
                after,
            )
        pdf.objects.insert(
            top - 1, b"<< /Type /Outlines /Count %d /First %d 0 R /Last %d 0 R >>" % (len(outline), top + 1, top + len(outline))
        )
        entries = b"/Outlines %d 0 R" % top
    root = pdf.add(b"<< /Type /Catalog /Pages %d 0 R %s >>" % (tree, entries))
    extra = b""
    if title:
        extra += b"/Info %d 0 R " % pdf.add(b"<< /Title (%s) /Author (A. N. Author) >>" % _escaped(title))
    if key:
        user = _rc4(key, _PADDING)
        number = pdf.add(b"<< /Filter /Standard /V 1 /R 2 /P -4 /O <%s> /U <%s> >>" % (owner.hex().encode(), user.hex().encode()))
        extra += b"/Encrypt %d 0 R /ID [<%s> <%s>] " % (number, b"0123456789abcdef".hex().encode(), b"0123456789abcdef".hex().encode())
    return pdf.written(root, extra)


Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(*pages: Sequence[Word], name: str = "a.pdf", **more: object) -> Path:
        path = tmp_path / name
        path.write_bytes(pdf_bytes(pages, **more))  # type: ignore[arg-type]
        return path

    return write


def column(*lines: str, top: float = 700, left: float = 72, size: float = 11, pitch: float = 14) -> list[Word]:
    return [(left, top - pitch * place, size, text) for place, text in enumerate(lines) if text]


LONG = "The quick brown fox jumps over the lazy dog while the sun is setting"


def texts(path: Path) -> list[str]:
    return [block.text for block in read_document(path).blocks]


def test_lines_become_paragraphs_and_parted_words_are_whole_again(write: Write) -> None:
    page = column(
        LONG + " behind the moun-",
        "tains far away, and nobody who is sitting there in the evening will",
        "notice.",
        "",
        "A second paragraph, which is",
        "short.",
    )
    assert texts(write(page)) == [
        LONG + " behind the mountains far away, and nobody who is sitting there in the evening will notice.",
        "A second paragraph, which is short.",
    ]


def test_a_paragraph_goes_on_from_one_page_to_the_next(write: Write) -> None:
    assert texts(write(column(LONG, LONG + " and so"), column("on it goes until it ends."))) == [
        f"{LONG} {LONG} and so on it goes until it ends."
    ]


def test_running_heads_feet_and_page_numbers_are_left_out(write: Write) -> None:
    pages = [
        [
            (72, 800, 9, "The Book of Tests"),
            (500, 800, 9, f"Chapter {number}"),
            *column(f"Page of text, the {word} one of all of them."),
            (290, 40, 9, str(number)),
        ]
        for number, word in enumerate(("first", "second", "third", "fourth", "fifth", "sixth"), start=7)
    ]
    assert [text.split()[4] for text in texts(write(*pages))] == ["first", "second", "third", "fourth", "fifth", "sixth"]


def test_the_number_of_a_single_page_is_left_out_and_a_number_in_the_text_is_not(write: Write) -> None:
    assert texts(write([*column("It happened in", "1984"), (290, 40, 9, "– 12 –")])) == ["It happened in 1984"]


def test_entries_of_the_outline_are_headings_where_they_stand_or_at_the_top_of_their_page(write: Write) -> None:
    path = write(
        [(72, 700, 18, "1. First steps"), *column("Some words.", top=660)],
        column("More words on a page of their own."),
        outline=[("First Steps", 0), ("Not in the text", 1)],
        title="A Manual",
    )
    document = read_document(path)
    assert (document.title, document.author) == ("A Manual", "A. N. Author")
    assert list(document.blocks) == [
        Block("heading", "1. First steps", 1),
        Block("paragraph", "Some words."),
        Block("heading", "Not in the text", 1),
        Block("paragraph", "More words on a page of their own."),
    ]


def test_without_an_outline_larger_letters_are_headings(write: Write) -> None:
    page = [(72, 760, 24, "The Title"), (72, 720, 15, "A section"), *column(LONG, LONG, LONG + ".", top=690)]
    assert [(block.kind, block.level) for block in read_document(write(page)).blocks] == [("heading", 1), ("heading", 2), ("paragraph", 0)]


def test_two_columns_are_read_one_after_the_other(write: Write) -> None:
    left = column("In the left column", "there are three lines", "which go on", left=72)
    right = column("in the right column", "until they end.", left=320)
    assert texts(write([*left, *right])) == ["In the left column there are three lines which go on in the right column until they end."]


def test_a_book_of_many_pages_is_read_lazily(write: Write) -> None:
    blocks = iter(read_document(write(*[column(f"This is page number {number}.") for number in range(300)])).blocks)
    assert next(blocks).text == "This is page number 0."
    assert sum(1 for _ in blocks) == 299


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        ({"password": "secret"}, "is encrypted. Remove its password first: qpdf"),
        ({"picture": True}, "contains only page images, no text.*ocrmypdf"),
    ],
)
def test_what_can_t_be_read_is_one_line_that_says_what_to_do(write: Write, more: dict[str, object], complaint: str) -> None:
    words = [] if "picture" in more else column("Nobody reads this.")
    with pytest.raises(InputError, match=complaint) as raised:
        read_document(write(words, **more))
    assert "\n" not in str(raised.value)


def test_a_damaged_file_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF-1.7\n" + b"nothing that follows makes sense\n" * 9)
    with pytest.raises(InputError, match=r"a\.pdf is damaged and can't be read as a PDF"):
        read_document(path)


def test_a_pdf_with_another_ending_is_one_all_the_same(write: Write) -> None:
    assert texts(write(column("Here it is."), name="a.txt")) == ["Here it is."]


def test_the_missing_library_is_named(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pypdfium2", None)
    with pytest.raises(UnavailableError, match=re.escape(remedy("voicebridge-core[documents]"))):
        read_document(write(column("x")))


@pytest.mark.parametrize(
    ("lines", "whole"),
    [
        (["a moun-", "tain"], "a mountain"),
        (["a moun\u00ad", "tain"], "a mountain"),
        (["Haupt-", "und Nebensatz"], "Haupt- und Nebensatz"),
        (["Baden-", "Baden"], "Baden-Baden"),
        (["1990-", "95"], "1990- 95"),
        (["an eﬃcient", "ﬁle"], "an efficient file"),
    ],
)
def test_words_at_the_ends_of_lines(lines: list[str], whole: str) -> None:
    assert joined(lines) == whole


def test_a_line_that_comes_back_within_the_text_is_no_head() -> None:
    def page(*words: str) -> Page:
        return Page(tuple(PrintedLine(text, 72, 300, 700 - 20 * place, 710 - 20 * place) for place, text in enumerate(words)), 842)

    first, second = (
        page("one", "two", "Chorus", "three", "four", "five", "six"),
        page("uno", "due", "Chorus", "tre", "quattro", "cinque", "sei"),
    )
    assert text_lines(first, [second]) == list(first.lines)
