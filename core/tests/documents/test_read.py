"""Text files: their format is detected from the content, and files without text are rejected in one line."""

from __future__ import annotations

import codecs
import os
import re
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from voicebridge.blocks import Block
from voicebridge.documents.read import read_document, read_text
from voicebridge.errors import InputError, UnavailableError, VoiceBridgeError
from voicebridge.installing import remedy

Save = Callable[[str, str | bytes], Path]

TEXT = "Größe und Maß – „so“ ist es."


@pytest.fixture
def save(tmp_path: Path) -> Save:
    def save(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return save


def texts(path: Path) -> list[str]:
    return [block.text for block in read_document(path).blocks]


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(), TEXT.encode("utf-8-sig"),
        codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"), codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-32"),
    ],
    ids=["utf-8", "utf-8 with a mark", "utf-16", "utf-16, the other way round", "utf-32"],
)  # fmt: skip
@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html"])
def test_every_encoding_that_says_what_it_is_is_read(save: Save, name: str, data: bytes) -> None:
    assert texts(save(name, data)) == [TEXT]


def test_older_encodings_are_told_by_their_letters(save: Save) -> None:
    text = "Der Fuß über der Brücke gehörte dem Bäcker, der täglich süße Brötchen für die Schüler backte. " * 3
    assert texts(save("a.txt", text.encode("cp1252"))) == [text.strip()]
    assert texts(save("b.html", b'<meta charset="iso-8859-1"><p>' + "süß".encode("latin-1"))) == ["süß"]


def test_the_library_that_tells_encodings_is_named_where_it_is_missing(save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "charset_normalizer", None)
    with pytest.raises(UnavailableError, match="is not UTF-8.*" + re.escape(remedy("voicebridge-core[documents]"))):
        read_document(save("a.txt", "שלום עולם, מה שלומך היום".encode("cp1255")))


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", r"is empty \(0 bytes\)"),
        (b"  \n \n", "contains no text to read aloud"),
        (bytes(range(256)), "is not text but binary data"),
        (b"\x7fELF\x02\x01\x01" + bytes(99), "is not text but binary data"),
        (b"RIFF\0\0\0\0WAVEfmt ", "is a recording, not a text.*voicebridge stt"),
        (b"\0\0\0\x20ftypM4A ", "is a recording"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "is an image, not a text"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", r"is an old or password-protected Word file. Save it as \.docx"),
        (b"{\\rtf1\\ansi Hello}", "is an RTF file"),
        (b"%!PS-Adobe-3.0", "is a PostScript file"),
    ],
)
@pytest.mark.parametrize("name", ["a.txt", "a.pdf", "a.epub"])
def test_what_is_no_text_is_one_line(save: Save, name: str, data: bytes, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint) as raised:
        read_document(save(name, data))
    assert str(raised.value).count("\n") == 0


def test_what_can_t_be_opened_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nothing\.txt does not exist\. Check the name"):
        read_document(tmp_path / "nothing.txt")
    with pytest.raises(InputError, match="is a folder"):
        read_document(tmp_path)
    with pytest.raises(InputError, match="is a device"):
        read_document(Path(os.devnull))


def test_a_page_is_known_by_its_tags_and_a_text_is_not_taken_for_one(save: Save) -> None:
    assert texts(save("a.txt", "<!doctype html><p>One<p>Two")) == ["One", "Two"]
    assert texts(save("b.txt", "1 < 2 and <p> is a tag")) == ["1 < 2 and <p> is a tag"]
    assert texts(save("c.pdf", "Just text.")) == ["Just text."]


def test_markdown_is_told_by_its_name(save: Save) -> None:
    assert texts(save("a.md", "*One*")) == ["One"]
    assert texts(save("a.txt", "*One*")) == ["*One*"]


@pytest.mark.skipif(os.name != "posix", reason="there are no named pipes")
def test_a_pipe_is_read_as_a_file_is(tmp_path: Path) -> None:
    path = tmp_path / "pipe.md"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_text, args=("# Title\n\nText.",))
    writer.start()
    document = read_document(path)
    writer.join()
    assert list(document.blocks) == [Block("heading", "Title", 1), Block("paragraph", "Text.")]


def test_a_long_text_is_read_as_it_goes_on(save: Save) -> None:
    blocks = iter(read_document(save("a.txt", "A paragraph of text.\n\n" * 50_000)).blocks)
    assert next(blocks) == Block("paragraph", "A paragraph of text.")
    assert sum(1 for _ in blocks) == 49_999


def test_a_text_that_was_only_opened_leaves_nothing_open(save: Save) -> None:
    read_document(save("a.txt", "x\n\n" * 9))  # a file left open is a warning, and warnings are errors here


@settings(deadline=None)
@given(st.binary(max_size=300), st.sampled_from([".txt", ".md", ".html", ".pdf", ".docx", ".epub"]))
def test_any_bytes_are_blocks_or_one_line(tmp_path_factory: pytest.TempPathFactory, data: bytes, suffix: str) -> None:
    path = tmp_path_factory.getbasetemp() / f"any{suffix}"
    path.write_bytes(data)
    try:
        blocks = list(read_document(path).blocks)
    except VoiceBridgeError as error:
        assert len(str(error).splitlines()) == 1
    else:
        assert blocks


@settings(deadline=None)
@given(st.text(max_size=400), st.booleans())
def test_any_text_is_blocks_that_are_the_same_every_time(text: str, markdown: bool) -> None:
    blocks = list(read_text(text, markdown=markdown).blocks)
    assert all(block.text.strip() or block.kind == "break" for block in blocks)
    assert blocks == list(read_text(text, markdown=markdown).blocks)


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("One.\n\n\nTwo.", [Block("paragraph", "One."), Block("paragraph", "Two.")]),
        ("This is a line that was broken at a width of\nfifty letters, as letters and mails often are by\nprograms.",
         [Block("paragraph", "This is a line that was broken at a width of fifty letters, as letters and mails often are by programs.")]),
        ("Roses are red,\nViolets are blue.", [Block("paragraph", "Roses are red,\nViolets are blue.")]),
        ("To buy:\n- milk\n* eggs\n2) bread",
         [Block("paragraph", "To buy:"), Block("item", "milk"), Block("item", "eggs"), Block("item", "2) bread")]),
        ("Title\n=====\nText.", [Block("heading", "Title", 1), Block("paragraph", "Text.")]),
        ("Section\n-------\n\nText.", [Block("heading", "Section", 2), Block("paragraph", "Text.")]),
        ("CHAPTER IV.\nThe Return\n\nHe came.", [Block("heading", "CHAPTER IV. The Return", 2), Block("paragraph", "He came.")]),
        ("Kapitel 3: Der Weg", [Block("heading", "Kapitel 3: Der Weg", 2)]),
        ("Part One", [Block("heading", "Part One", 1)]),
        ("第十二章 夜", [Block("heading", "第十二章 夜", 2)]),
        ("Part of it was true.", [Block("paragraph", "Part of it was true.")]),
        ("Chapter 3 was the best of all.", [Block("paragraph", "Chapter 3 was the best of all.")]),
        ("One.\n* * *\nTwo.", [Block("paragraph", "One."), Block("break", ""), Block("paragraph", "Two.")]),
        ("- a\n  long one that goes on", [Block("item", "a long one that goes on")]),
    ],
)  # fmt: skip
def test_bare_text_is_read_as_it_was_meant(text: str, blocks: list[Block]) -> None:
    assert list(read_text(text).blocks) == blocks
