from __future__ import annotations

from collections.abc import Callable

import pytest
from voicebridge import Block, Document, InputError

Read = Callable[[bytes], Document]
Make = Callable[..., bytes]


def texts(document: Document) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in document.blocks]


def test_title_author_and_language_are_taken_from_the_file(read: Read, odt: Make, fodt: Make) -> None:
    for data in (odt("<text:p>Hallo.</text:p>"), fodt("<text:p>Hallo.</text:p>")):
        document = read(data)
        assert (document.title, document.author, document.language) == ("A Title", "Anna", "de")
        assert list(document.blocks) == [Block("paragraph", "Hallo.")]


def test_headings_have_their_level_and_quotations_are_quotes(read: Read, odt: Make) -> None:
    automatic = '<style:style style:name="P1" style:family="paragraph" style:parent-style-name="Title"/>'
    body = """<text:p text:style-name="P1">The Book</text:p><text:h text:outline-level="2">A<text:line-break/>Chapter</text:h>
        <text:p text:style-name="Quotations">As they say.</text:p><text:p>Two<text:s text:c="3"/>words<text:tab/>and one.</text:p>"""
    assert list(read(odt(body, automatic=automatic)).blocks) == [
        Block("heading", "The Book", 1),
        Block("heading", "A Chapter", 2),
        Block("quote", "As they say."),
        Block("paragraph", "Two words and one."),
    ]


def test_lists_are_numbered_as_their_style_says(read: Read, odt: Make) -> None:
    body = """<text:list text:style-name="L1"><text:list-item><text:p>One</text:p>
        <text:list><text:list-item><text:p>Below</text:p></text:list-item></text:list></text:list-item>
        <text:list-item text:start-value="7"><text:p>Seven</text:p></text:list-item></text:list><text:p>Between.</text:p>
        <text:list text:style-name="L1" text:continue-numbering="true">
        <text:list-item><text:p>Eight</text:p></text:list-item></text:list>"""
    assert texts(read(odt(body))) == [
        ("item", "1. One"), ("item", "Below"), ("item", "7. Seven"), ("paragraph", "Between."), ("item", "8. Eight"),
    ]  # fmt: skip


def test_a_table_is_read_with_its_headings(read: Read, odt: Make) -> None:
    def row(*cells: str) -> str:
        return f"<table:table-row>{''.join(f'<table:table-cell><text:p>{c}</text:p></table:table-cell>' for c in cells)}</table:table-row>"

    head = f"<table:table-header-rows>{row('Name', 'Age')}</table:table-header-rows>"
    body = f"<table:table>{head}{row('Anna', '5')}</table:table><text:p>After.</text:p>"
    assert texts(read(odt(body))) == [("table", "Name: Anna, Age: 5"), ("paragraph", "After.")]


def test_notes_follow_the_text(read: Read, odt: Make) -> None:
    note = "<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>A note.</text:p></text:note-body></text:note>"
    assert texts(read(odt(f"<text:p>Before{note} and after.</text:p><text:p>End.</text:p>"))) == [
        ("paragraph", "Before and after."), ("paragraph", "End."), ("item", "1. A note."),
    ]  # fmt: skip


def test_what_is_no_part_of_the_text_is_left_out(read: Read, odt: Make) -> None:
    hidden = '<style:style style:name="H" style:family="text"><style:text-properties text:display="none"/></style:style>'
    body = """<text:tracked-changes><text:changed-region><text:deletion><text:p>Deleted.</text:p></text:deletion></text:changed-region>
        </text:tracked-changes><text:table-of-content><text:p>Contents 5</text:p></text:table-of-content>
        <text:p>Page <text:page-number>7</text:page-number>of<office:annotation><dc:creator>Eve</dc:creator><text:p>Really?</text:p>
        </office:annotation> text<text:span text:style-name="H"> hidden</text:span>.
        <draw:frame><svg:desc>A map</svg:desc></draw:frame></text:p>
        <text:section text:display="none"><text:p>Not shown.</text:p></text:section>"""
    document = read(odt(body, automatic=hidden))
    assert document.author == "Anna"
    assert texts(document) == [("paragraph", "Page of text. A map")]


def test_a_paragraph_in_another_language_says_so(read: Read, odt: Make) -> None:
    french = '<style:style style:name="F" style:family="paragraph"><style:text-properties fo:language="fr"/></style:style>'
    body = '<text:p>Hallo.</text:p><text:p text:style-name="F">Bonjour.</text:p>'
    assert [block.language for block in read(odt(body, automatic=french)).blocks] == [None, "fr"]


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"content_xml": "<broken"}, "has a damaged part, content.xml"),
        ({"content_xml": '<!DOCTYPE x [<!ENTITY a "b">]><x/>'}, "declares entities in content.xml"),
        ({"styles_xml": "nonsense"}, "has a damaged part, styles.xml"),
        ({"META-INF__manifest_xml": "<manifest:encryption-data/>"}, "is encrypted. Remove its password first."),
        ({"content_xml": b" " * (65 << 20)}, "has a part of 65 MiB"),
    ],
)
def test_hostile_and_broken_files_are_refused(parts: dict[str, str], message: str, read: Read, odt: Make) -> None:
    with pytest.raises(InputError, match=message):
        read(odt("<text:p>Hallo.</text:p>", **parts))


def test_a_hostile_single_file_is_refused(read: Read, fodt: Make) -> None:
    data = fodt("<text:p>Hallo.</text:p>")
    with pytest.raises(InputError, match="is damaged"):
        read(data[:-5])
    with pytest.raises(InputError, match="declares entities"):
        read(data.replace(b"?>", b'?><!DOCTYPE x [<!ENTITY a "b">]>', 1))
