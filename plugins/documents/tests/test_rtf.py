from __future__ import annotations

from collections.abc import Callable

import pytest
from voicebridge import Block, Document, InputError

Read = Callable[[bytes], Document]
HEAD = rb"""{\rtf1\ansi\ansicpg1252\deff0\deflang1031{\fonttbl{\f0\froman Times;}{\f1\fcharset204 Arial;}{\f2\fcharset128 Gothic;}}
{\stylesheet{\s0 Normal;}{\s1\outlinelevel0 heading 1;}{\s2 Title;}}{\info{\title Der Titel}{\author Anna L\'f6we}{\company X}}"""


def texts(document: Document) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in document.blocks]


def test_title_author_and_language_are_taken_from_the_file(read: Read) -> None:
    document = read(HEAD + rb"Hallo.\par}")
    assert (document.title, document.author, document.language) == ("Der Titel", "Anna Löwe", "de")


def test_headings_come_from_styles_and_outline_levels(read: Read) -> None:
    body = rb"\pard\s2 Buch\par\pard\s1 Kapitel\par\pard\outlinelevel2 Teil\par\pard\s0 Text\line Zeile\par}"
    assert list(read(HEAD + body).blocks) == [
        Block("heading", "Buch", 1), Block("heading", "Kapitel", 1), Block("heading", "Teil", 3), Block("paragraph", "Text\nZeile"),
    ]  # fmt: skip


def test_text_is_decoded_by_code_page_font_and_unicode(read: Read) -> None:
    body = rb"\'fcber {\f1 \'cf\'f0\'e8} {\f2 \'93\'fa\'96\'7b} \u8364?\uc2\u8364ab\uc1  \u-10179?\u-8704?\emdash\~x\_y\{\}\par}"
    assert texts(read(HEAD + body)) == [("paragraph", "über При 日本 €€ 😀— x-y{}")]


def test_lists_have_their_numbers(read: Read) -> None:
    body = rb"\pard{\listtext 3.\tab}Drei\par{\listtext 4)\tab}Vier\par\pard{\pntext\'b7\tab}Punkt\par}"
    assert texts(read(HEAD + body)) == [("item", "3. Drei"), ("item", "4. Vier"), ("item", "Punkt")]


def test_a_table_is_read_with_its_headings(read: Read) -> None:
    body = rb"""\trowd\trhdr\pard\intbl Name\cell Age\cell\row\trowd\pard\intbl Anna\cell 5\cell\row
\trowd\pard\intbl Ben\cell\cell\row\pard After.\par}"""
    assert texts(read(HEAD + body)) == [("table", "Name: Anna, Age: 5"), ("table", "Name: Ben"), ("paragraph", "After.")]


def test_notes_follow_the_text(read: Read) -> None:
    body = rb"\pard Before{\super\chftn}{\footnote\pard\plain{\super\chftn} A note.\par Its end.} and after.\par End.\par}"
    assert texts(read(HEAD + body)) == [
        ("paragraph", "Before and after."), ("paragraph", "End."), ("item", "1. A note."), ("item", "Its end."),
    ]  # fmt: skip


def test_what_is_no_part_of_the_text_is_left_out(read: Read) -> None:
    body = rb"""{\header Kopf\par}{\*\generator Writer;}\pard Seite {\field{\*\fldinst PAGE}{\fldrslt 17}}von{\v hidden}{\deleted gone}
{\*\annotation Really?}{\pict\pngblip 89504e47\bin4 {}}}} text {\field{\*\fldinst HYPERLINK "x"}{\fldrslt a link}}.\par}"""
    assert texts(read(HEAD + body)) == [("paragraph", "Seite von text a link.")]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (HEAD + rb"Hallo.\par", "is damaged: its end is missing"),
        (b"{\\rtf1" + b"{" * 100_000, "is damaged: its end is missing"),
        (b"Hallo.", "is not an RTF file"),
    ],
    ids=["cut", "deep", "text"],
)
def test_broken_files_are_refused(data: bytes, message: str) -> None:
    from pathlib import Path

    from voicebridge import DocumentSource
    from voicebridge_documents.rtf import RtfReader

    with pytest.raises(InputError, match=message):
        RtfReader().read(DocumentSource("a.rtf", Path("a.rtf"), data))


def test_a_text_after_the_end_is_ignored(read: Read) -> None:
    assert texts(read(HEAD + b"Hallo.}\0\0}}")) == [("paragraph", "Hallo.")]


def test_reading_takes_time_proportional_to_the_length(read: Read) -> None:
    document = read(HEAD + rb"{\b x}\'fc\u8364?" * 50_000 + rb"\par}")
    assert len(next(iter(document.blocks)).text) == 150_000
