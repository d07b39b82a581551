"""Malicious documents: reading takes time proportional to their length, and yields blocks or a one-line error."""

from __future__ import annotations

import io
import re
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import pytest
from voicebridge import InputError
from voicebridge.dictation.insert import _BREAK
from voicebridge.dictation.text.writer import _UNCLEAR_END
from voicebridge.documents.lines import Page, Paragraphs, PrintedLine
from voicebridge.documents.markup import markup_blocks, read_html
from voicebridge.documents.read import read_bytes, read_text

pytestmark = pytest.mark.heavy

Make = Callable[[int], str]

PAGES: dict[str, Make] = {
    "elements within one another": lambda n: "<div>" * n + "x" + "</div>" * n,
    "lists within one another": lambda n: "<ul><li>a" * n,
    "numbered lists within one another": lambda n: "<ol><li>a" * n + "</ol>" * n,
    "tables within one another": lambda n: "<table><tr><td>a" * n,
    "cells of one row": lambda n: "<table><tr>" + "<td>a" * n,
    "raised text within raised text": lambda n: "<sup>a" * n + "</sup>" * n,
    "links that nobody ends": lambda n: '<a href="#x">a' * n,
    "links within raised text": lambda n: "<sup><a href='#x'>1" * n,
    "spans within one another": lambda n: "<span class=pagenum>1" * n,
    "headings within one another": lambda n: "<h1>a" * n,
    "quotes within one another": lambda n: "<blockquote>a" * n,
    "paragraphs": lambda n: "<p lang=de>a" * n,
    "hidden elements": lambda n: "<p hidden><b>a" * n,
    "brackets": lambda n: "<" * n,
    "comments": lambda n: "<!-- a -->" * n,
    "comments that nobody ends": lambda n: "<!--" * n,
    "attributes that nobody ends": lambda n: "<p " + 'a="' * n,
    "attributes": lambda n: "<p " + "".join(f"a{number}=1 " for number in range(n)) + ">x",
    "a style": lambda n: f'<p style="{"display " * n}">x',
    "scripts": lambda n: "<script>" * n,
    "entities": lambda n: "&" * n,
    "sections of characters": lambda n: "<![CDATA[" * n,
    "doctypes": lambda n: "<!DOCTYPE " * n,
    "instructions": lambda n: "<?" * n,
    "ends of nothing": lambda n: "</" * n,
    "ends of elements that never began": lambda n: "</p></ul></table>" * n,
    "blanks": lambda n: f"<p>a{' ' * 10 * n}b",
    "line ends": lambda n: "<p>" + "a<br>" * n,
    "articles": lambda n: "<article>" * n + "a",
}
TEXTS: dict[str, Make] = {
    "brackets": lambda n: "[" * n + "a" + "](b)" * n,
    "stars": lambda n: "*a **a " * n,
    "links that are defined elsewhere": lambda n: "".join(f"[a{number}]: http://x\n" for number in range(n)) + "\n" + "[a1]" * n,
    "front matter": lambda n: "---\n" + "a:\n- b\n" * n + "---\nText.",
    "front matter that nobody ends": lambda n: "---\n" + "a: b\n" * n,
    "front matter in TOML that nobody ends": lambda n: "+++\n" + "a = 'b'\n" * n,
    "definitions of links that nobody uses": lambda n: "".join(f"[a{number}]: http://x\n" for number in range(n)),
    "brackets of tags": lambda n: "<" * n,
    "comments": lambda n: "Text\n" + "<!--" * n,
    "lines of one paragraph": lambda n: "word that goes on\n" * n,
    "lines of one quote": lambda n: "> a\n" * n,
    "pictures": lambda n: "![" * n,
    "underscores": lambda n: "_a__" * n,
    "notes": lambda n: "[^a]: x\n" * n,
}
BARE: dict[str, Make] = {
    "raised numbers": lambda n: "word¹ " * n,
    "raised numbers in a row": lambda n: "¹" * n,
    "numbers in brackets": lambda n: "word[1" * n,
    "pages": lambda n: "{1" * n,
    "ends of sentences": lambda n: "word.1" * n,
    "one word": lambda n: "a" * n,
    "one line": lambda n: "a b " * n,
    "lines": lambda n: "a-\n" * n,
    "ampersands": lambda n: "&" * n,
    "stars": lambda n: "*a." * n,
    "copyright": lambda n: "copyright " * n,
}


def seconds(read: Callable[[str], object], text: str) -> float:
    began = time.process_time()
    read(text)
    return time.process_time() - began


def grows_with(read: Callable[[str], object], make: Make, length: int) -> None:
    """Assert that twice the text takes at most about twice the time; not measured if eight times the length is still fast."""
    for _ in range(3):  # other load may disturb a measurement, but not three
        if seconds(read, make(8 * length)) < 16 * max(seconds(read, make(length)), 0.02):
            return
    pytest.fail("time grows faster than the text")


@pytest.mark.parametrize("make", PAGES.values(), ids=PAGES.keys())
def test_the_time_for_a_page_grows_no_faster_than_the_page(make: Make) -> None:
    grows_with(lambda html: list(markup_blocks(html)), make, 2_000)


@pytest.mark.parametrize("make", TEXTS.values(), ids=TEXTS.keys())
def test_the_time_for_markdown_grows_no_faster_than_the_text(make: Make) -> None:
    from voicebridge.documents import markdown

    with pytest.MonkeyPatch.context() as patch:  # so that a short text has several sections
        patch.setattr(markdown, "_STRETCH", 1_000)
        patch.setattr(markdown, "_LONGEST_STRETCH", 4_000)
        grows_with(lambda text: list(read_text(text, markdown=True).blocks), make, 1_000)


def calls(read: Callable[[str], object], text: str) -> int:
    """The number of function calls needed for reading, which does not depend on load."""
    count = 0

    def counted(_frame: FrameType, event: str, _value: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(counted)
    try:
        read(text)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("line", ["a: b", "a b", "Word", "1: b"])
def test_short_lines_of_markdown_take_few_calls_each(line: str) -> None:
    lines = 2_000
    text = "---\n" + f"{line}\n" * lines  # unclosed front matter is text
    assert calls(lambda text: list(read_text(text, markdown=True).blocks), text) < 10 * lines


@pytest.mark.parametrize(
    "text",
    [
        "one  \ntwo\\\nthree\nfour",
        "a | b\n--|--\nc | d\ne\nf",
        "one\na | b\n--|--\nc | d",
        "one\ntwo\n===\nthree\nfour",
        "- one\ntwo\nthree\n\nfour\nfive",
        "> one\ntwo\nthree",
        "```\none\ntwo\n```\nthree\nfour",
        "<pre>\n\none\ntwo\n\nthree\nfour\n</pre>",
        "<div>\none\ntwo\n\nthree\nfour\n</div>",
        "[a]:\nhttp://x\none\ntwo [a]\nthree",
        "`one\ntwo` *three\nfour* ~~five\nsix~~ !\n[a](b)",
        "[^a]: one\ntwo\n    three\n    four",
    ],
)
def test_lines_that_are_joined_first_say_what_they_say_one_by_one(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from voicebridge.documents import markdown

    joined = list(read_text(text, markdown=True).blocks)
    monkeypatch.setattr(markdown._ParagraphLines, "goes_on", lambda *_: False)
    assert joined == list(read_text(text, markdown=True).blocks)


@pytest.mark.parametrize("make", BARE.values(), ids=BARE.keys())
def test_the_time_for_bare_text_grows_no_faster_than_the_text(make: Make) -> None:
    grows_with(lambda text: list(read_text(text).blocks), make, 10_000)


def test_the_time_for_a_printed_paragraph_grows_no_faster_than_its_lines() -> None:
    def read(text: str) -> None:
        lines = tuple(PrintedLine(word, 72, 300, -14.0 * number, 11 - 14.0 * number) for number, word in enumerate(text.split()))
        paragraphs = Paragraphs(by_size=True)
        blocks = [*paragraphs.of_page(Page(lines, 800), lines, 11), *paragraphs.finished(11)]
        assert len(blocks) == 1

    grows_with(read, lambda n: "word " * n, 1_000)


@pytest.mark.parametrize("comments", [30, 5_000])
@pytest.mark.parametrize("name", ["a.html", "a.txt", "a.md"])
def test_comments_before_a_page_are_no_riddle(comments: int, name: str) -> None:
    page = b"<!-- a -->\n" * comments + b"<html><body><p>Hello.</p>"
    assert [block.text for block in read_bytes(page, name).blocks] == ["Hello."]


@pytest.mark.parametrize("front", [f"+++\na = {'[' * 30_000}\n+++\n", f"+++\na = {'9' * 5_000}\n+++\n"])
def test_front_matter_that_can_t_be_read_is_left_out(front: str) -> None:
    assert [block.text for block in read_text(f"{front}Text.", markdown=True).blocks] == ["Text."]


def book(parts: dict[str, str | bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


PACKAGE = """<package xmlns="http://www.idpf.org/2007/opf"><metadata/><manifest><item id="n" href="nav.xhtml" properties="nav"/>
<item id="t" href="toc.ncx"/>{items}</manifest><spine toc="t">{spine}</spine></package>"""


def package(count: int, nav: bool = True) -> str:
    items = "".join(f'<item id="c{each}" href="c{each}.xhtml" media-type="application/xhtml+xml"/>' for each in range(count))
    text = PACKAGE.format(items=items, spine="".join(f'<itemref idref="c{each}"/>' for each in range(count)))
    return text if nav else text.replace(' properties="nav"', "")


@pytest.mark.parametrize("form", ["nav", "ncx"])
def test_contents_that_are_nested_deeply_are_read(form: str) -> None:
    deep = 5_000
    nav = f"<nav>{'<ol><li>' * deep}<a href='c0.xhtml'>One</a>{'</li></ol>' * deep}</nav>"
    point = "<navPoint><navLabel><text>One</text></navLabel><content src='c0.xhtml'/>"
    ncx = f"<ncx><navMap>{point * deep}{'</navPoint>' * deep}</navMap></ncx>"
    data = book({"content.opf": package(1, form == "nav"), "nav.xhtml": nav, "toc.ncx": ncx, "c0.xhtml": "<p>Text.</p>"})
    assert [block.text for block in read_bytes(data, "a.epub").blocks] == ["One", "Text."]


def test_a_book_with_more_text_than_any_book_is_one_line() -> None:
    blanks = b" " * (30 << 20)
    data = book({"content.opf": package(9), **{f"c{each}.xhtml": blanks for each in range(9)}})
    with pytest.raises(InputError, match="has 270 MiB of text, too much for a book"):
        read_bytes(data, "a.epub")


def test_a_page_of_a_gigabyte_is_one_line_that_names_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    with path.open("wb") as file:
        file.write(b"<html>")
        file.truncate(1 << 30)
    from voicebridge.documents.read import read_document

    with pytest.raises(InputError, match="binary data"):
        read_document(path)
    with path.open("r+b") as file:
        file.write(b"<html>" + b" " * 70_000)
    with pytest.raises(InputError, match=r"a\.html has 1024 MiB, and the limit for .* is 64 MiB\. Split it\."):
        read_document(path)


def test_a_main_part_within_a_thousand_others_is_found() -> None:
    assert [block.text for block in read_html(f"<html><body>{'<div>' * 1000}<main><p>Text.</main>").blocks] == ["Text."]


@pytest.mark.parametrize(("pattern", "unit"), [(_BREAK, " "), (_UNCLEAR_END, ".")], ids=["blanks", "full stops"])
def test_the_time_for_dictated_text_grows_no_faster_than_the_text(pattern: re.Pattern[str], unit: str) -> None:
    grows_with(lambda text: pattern.sub("", text), lambda n: unit * n + "\0", 1_000)
