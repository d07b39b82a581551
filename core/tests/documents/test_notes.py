"""Note marks and printed page numbers are not read aloud; powers, units and ordinals are."""

from __future__ import annotations

import pytest
from voicebridge.documents.read import read_bytes, read_text

NOTES = [
    '<sup><a href="notes.xhtml#n3">3</a></sup>',
    '<a href="notes.xhtml#n4"><sup>4</sup></a>',
    '<a href="notes.html#n5" class="footnote">5</a>',
    '<a href="notes.html" class="endnote">5</a>',
    "<sup>6</sup>",
    "<sup>6,7</sup>",
    " <sup>6</sup>",
    '<sup class="reference" id="cite_ref-1"><a href="#cite_note-1">[7]</a></sup>',
    '<a href="#fn8">8</a>',
    '<a href="ch2.xhtml#fn8">8</a>',
    '<span class="superscript">9</span>',
    '<a href="../Text/notes.xhtml#fn10" id="fnref10">[10]</a>',
    '<a href="#note11" style="vertical-align:super">11</a>',
    '<a epub:type="noteref" href="endnotes.xhtml#e12">12</a>',
    '<a role="doc-noteref" href="endnotes.xhtml">12</a>',
    '<a class="footnote-reference brackets" href="#f1">1</a>',
    '<span style="vertical-align: super"><a href="#x">iv</a></span>',
    "<sup>a</sup>",
    "<sup>†</sup>",
    "†",
    "<sup>*</sup>",
    '<a href="#n1">*</a>',
    "[1]",
    "[2, 3]",
    "¹²",
    '<a class="footnote-backref" href="#r1">↩</a>',
    '<a href="ch1.xhtml#r1">↩︎</a>',
    '<a role="doc-backlink" href="ch1.xhtml#r1">Back to text</a>',
    '<aside epub:type="footnote" id="n1"><p>1. The note.</p></aside>',
    '<aside role="doc-footnote">The note.</aside>',
    '<aside class="footnote">The note.</aside>',
    '<span class="pagenum">[14]</span>',
    '<span class="pagenum" id="Page_14">[Pg 14]</span>',
    '<a class="page" id="p16">16</a>',
    '<span class="pageno">xiv</span>',
    '<span role="doc-pagebreak" id="p12">12</span>',
    '<span epub:type="pagebreak" title="12"/>',
    '<span class="x-ebookmaker-pageno" title="[18]"></span>',
    '<p class="pagenum">18</p>',
    "{17}",
    "[Pg 14]",
]


@pytest.mark.parametrize("mark", NOTES)
def test_a_mark_of_a_note_is_no_part_of_the_text(mark: str) -> None:
    page = f"<html><body><p>The king{mark} left.</p></body></html>"
    assert " ".join(block.text for block in read_bytes(page.encode(), "a.html").blocks) in ("The king left.", "The king  left.")


@pytest.mark.parametrize("mark", ["[pause:500ms]", "[pause: 1.5s]", "[PAUSE 2 s]"])
def test_a_mark_of_a_pause_is_no_part_of_the_text(mark: str) -> None:
    text = f"Wait. {mark} Then go."
    assert [block.text for block in read_bytes(text.encode(), "a.txt").blocks] == ["Wait. Then go."]


@pytest.mark.parametrize("mark", NOTES[:6])
def test_a_heading_has_no_marks_of_notes_either(mark: str) -> None:
    assert [block.text for block in read_bytes(f"<html><h1>Notes{mark}</h1>".encode(), "a.html").blocks] == ["Notes"]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("5 m<sup>2</sup> and 3 km<sup>2</sup>", "5 m² and 3 km²"),
        ("10<sup>6</sup> of them", "10⁶ of them"),
        ("x<sup>2</sup>, E = mc<sup>2</sup>", "x², E = mc²"),
        ("(a + b)<sup>2</sup>", "(a + b)²"),
        ("sin<sup>2</sup> x, 3 feet<sup>2</sup>", "sin² x, 3 feet²"),
        ("x<sup>n</sup>", "xⁿ"),
        ("the 2<sup>nd</sup>, XIX<sup>e</sup>, M<sup>me</sup>, 1<sup>a</sup>", "the 2nd, XIXe, Mme, 1a"),
        ("<sup>14</sup>C and <sup>235</sup>U", "¹⁴C and ²³⁵U"),
        ("Ca<sup>2+</sup>", "Ca²⁺"),
        ('Go to <a href="ch2.xhtml#c2">Chapter 2</a>', "Go to Chapter 2"),
        ('Pages: <a href="#page_13">13</a>', "Pages: 13"),
        ("items[0] and a[1]", "items[0] and a[1]"),
        ("Müller (†1945)", "Müller (†1945)"),
        ('<a class="page" href="b.html">Next page</a>', "Next page"),
    ],
)
def test_what_only_looks_like_a_mark_is_read(text: str, read: str) -> None:
    assert [block.text for block in read_bytes(f"<html><p>{text}".encode(), "a.html").blocks] == [read]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("it worked.¹ See note².", "it worked. See note."),
        ("He said so.[1] And[2,3] so.", "He said so. And so."),
        ("The study[1] showed[2,3] that[12-15] it[4] worked.", "The study showed that it worked."),
        ("Word.* Another.† Third.‡ Fourth.***", "Word. Another. Third. Fourth."),
        ("*Hello there.* He left. **Note.** 5 * 6", "Hello there. He left. Note. 5 * 6"),
        ("It happened at the end.12 Next came rain.", "It happened at the end. Next came rain."),
        ("it ended.”4 Then came rain.", "it ended.” Then came rain."),
        ("at the end.12 Next", "at the end. Next"),
        ("the end.”12 Next", "the end.” Next"),
        ("(so he said)² and", "(so he said) and"),
        ("In 1914² war", "In 1914 war"),
        ("it² was „so“¹", "it was „so“"),
        ("Copyright © 2020, (c) Copyright 2021, © 2022", "Copyright 2020, Copyright 2021, © 2022"),
        ("See fig.3 Here, it costs 3.12 Next", "See fig.3 Here, it costs 3.12 Next"),
    ],
)
def test_marks_in_bare_text_are_left_out(text: str, read: str) -> None:
    assert [block.text for block in read_text(text).blocks] == [read]


def test_code_keeps_what_looks_like_marks() -> None:
    assert [block.text for block in read_bytes(b"<html><pre>values[1] {2}</pre>", "a.html").blocks] == ["values[1] {2}"]


def test_a_part_in_another_language_says_so() -> None:
    page = '<html lang="de"><body><p>Er sagte:</p><p lang="en-GB">It is 9 am.</p><blockquote lang="de">Gut.</blockquote>'
    blocks = list(read_bytes(page.encode(), "a.html").blocks)
    assert [block.language for block in blocks] == [None, "en", None]
