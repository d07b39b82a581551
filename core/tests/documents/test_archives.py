"""EPUB books and Word documents, which are archives; written here part by part."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from voicebridge.blocks import Block
from voicebridge.documents.read import read_document
from voicebridge.errors import InputError

Parts = dict[str, str | bytes]
Write = Callable[[str, Parts], Path]

CONTAINER = """<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="OEBPS/a book.opf"/></rootfiles></container>"""
PACKAGE = """<?xml version="1.0"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>A Book</dc:title><dc:creator>Ann One</dc:creator>
<dc:creator>Bob Two</dc:creator><dc:language>en-GB</dc:language></metadata>
<manifest>
<item id="two" href="text/two.xhtml" media-type="application/xhtml+xml"/>
<item id="one" href="text/one%20.xhtml" media-type="application/xhtml+xml"/>
<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="extra" href="extra.xhtml" media-type="application/xhtml+xml"/>
<item id="picture" href="p.png" media-type="image/png"/>
</manifest>
<spine><itemref idref="nav"/><itemref idref="one"/><itemref idref="extra" linear="no"/><itemref idref="picture"/>
<itemref idref="two"/></spine>
</package>"""
NAV = """<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"><body>
<nav epub:type="landmarks"><ol><li><a href="text/two.xhtml">Wrong</a></li></ol></nav>
<nav epub:type="toc"><ol><li><a href="text/one%20.xhtml">The <i>First</i></a></li>
<li><a href="text/two.xhtml">Part Two</a>
<ol><li><a href="text/two.xhtml#middle">In the Middle</a></li></ol></li></ol></nav></body></html>"""
ONE = """<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title/><script src="x"/></head>
<body><p>It begins.<a id="n"/><sup><a href="#note">1</a></sup></p>
<span epub:type="pagebreak" title="7">7</span><p>It goes on.</p></body></html>"""
TWO = """<html><body><h1>Part Two</h1><p>Words.</p><p id="middle">More &mdash; words.</p></body></html>"""
BOOK: Parts = {
    "mimetype": "application/epub+zip", "META-INF/container.xml": CONTAINER, "OEBPS/a book.opf": PACKAGE, "OEBPS/nav.xhtml": NAV,
    "OEBPS/text/one .xhtml": ONE, "OEBPS/text/two.xhtml": TWO, "OEBPS/extra.xhtml": "<p>Left out.</p>", "OEBPS/p.png": b"\x89PNG",
}  # fmt: skip

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
TYPES = """<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels"
ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/word/document.xml"
ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"""
RELATIONS = """<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1"
Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>"""
STYLES = f"""<w:styles {W}><w:docDefaults><w:rPrDefault><w:rPr><w:lang w:val="de-DE"/></w:rPr></w:rPrDefault></w:docDefaults>
<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/></w:style></w:styles>"""
NUMBERING = f"""<w:numbering {W}><w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:numFmt w:val="decimal"/></w:lvl></w:abstractNum>
<w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num></w:numbering>"""
PROPERTIES = """<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"
xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Ein Brief</dc:title><dc:creator>Ann</dc:creator></cp:coreProperties>"""


def paragraph(text: str, more: str = "") -> str:
    return f"<w:p><w:pPr>{more}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def cells(*texts: str) -> str:
    return "<w:tr>" + "".join(f"<w:tc>{paragraph(text)}</w:tc>" for text in texts) + "</w:tr>"


NUMBERED = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>'
LETTER: Parts = {
    "[Content_Types].xml": TYPES, "_rels/.rels": RELATIONS, "word/styles.xml": STYLES, "word/numbering.xml": NUMBERING,
    "docProps/core.xml": PROPERTIES,
    "word/_rels/document.xml.rels": """<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="s" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/>
<Relationship Id="n" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/numbering"
Target="numbering.xml"/></Relationships>""",
    "word/document.xml": f"""<w:document {W}><w:body>{paragraph("Anfang", '<w:pStyle w:val="Heading1"/>')}{paragraph("Ein Satz.")}
{paragraph("Erstens", NUMBERED)}{paragraph("Zweitens", NUMBERED)}
<w:tbl>{cells("Name", "Alter")}{cells("Ann", "40")}</w:tbl></w:body></w:document>""",
}  # fmt: skip


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(name: str, parts: Parts) -> Path:
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for part, content in parts.items():
                archive.writestr(part, content)
        return path

    return write


def test_a_book_is_read_in_the_order_of_its_spine_with_the_headings_of_its_contents(write: Write) -> None:
    document = read_document(write("a.epub", BOOK))
    assert (document.title, document.author, document.language) == ("A Book", "Ann One, Bob Two", "en")
    assert list(document.blocks) == [
        Block("heading", "The First", 1), Block("paragraph", "It begins."), Block("paragraph", "It goes on."),
        Block("heading", "Part Two", 1), Block("paragraph", "Words."), Block("heading", "In the Middle", 2),
        Block("paragraph", "More — words."),
    ]  # fmt: skip


def test_an_older_book_has_its_contents_in_another_form(write: Write) -> None:
    ncx = """<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap><navPoint><navLabel><text>One</text></navLabel>
    <content src="text/one%20.xhtml"/></navPoint></navMap></ncx>"""
    package = PACKAGE.replace(
        'href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"', 'href="toc.ncx" media-type="application/x-dtbncx+xml"'
    )
    parts = {**BOOK, "OEBPS/a book.opf": package.replace("<spine>", '<spine toc="nav">'), "OEBPS/toc.ncx": ncx}
    assert next(iter(read_document(write("a.epub", parts)).blocks)) == Block("heading", "One", 1)


def test_a_book_without_a_readable_table_of_contents_is_read_all_the_same(write: Write) -> None:
    blocks = list(read_document(write("a.epub", {**BOOK, "OEBPS/nav.xhtml": "<not xml"})).blocks)
    assert [block.kind for block in blocks] == ["paragraph", "paragraph", "heading", "paragraph", "paragraph"]


@pytest.mark.parametrize(
    ("metas", "series"),
    [
        ('<meta name="calibre:series" content="The Saga"/><meta name="calibre:series_index" content="2.0"/>', "The Saga #2"),
        ('<meta property="belongs-to-collection">The Saga</meta>', "The Saga"),
        ("", None),
    ],
)
def test_a_book_tells_its_year_genre_series_and_cover(write: Write, metas: str, series: str | None) -> None:
    facts = f"<dc:date>1925-04-26</dc:date><dc:subject>Novel</dc:subject>{metas}"
    changed = PACKAGE.replace("</metadata>", f"{facts}</metadata>").replace('href="p.png"', 'href="p.png" properties="cover-image"')
    document = read_document(write("a.epub", {**BOOK, "OEBPS/a book.opf": changed}))
    assert (document.year, document.genre, document.series, document.cover) == ("1925", "Novel", series, b"\x89PNG")
    older = changed.replace(' properties="cover-image"', "").replace("</metadata>", '<meta name="cover" content="picture"/></metadata>')
    assert read_document(write("b.epub", {**BOOK, "OEBPS/a book.opf": older})).cover == b"\x89PNG"
    assert read_document(write("c.epub", {**BOOK, "OEBPS/a book.opf": older, "OEBPS/p.png": bytes(9 << 20)})).cover is None


def test_a_heading_of_the_contents_is_not_read_again_where_the_text_has_it_as_a_paragraph(write: Write) -> None:
    parts = {**BOOK, "OEBPS/text/one .xhtml": "<p>THE <b>FIRST</b></p><p>It begins.</p>"}
    assert [block.text for block in read_document(write("a.epub", parts)).blocks][:2] == ["The First", "It begins."]


def test_a_book_is_known_by_what_it_holds(write: Write) -> None:
    assert read_document(write("a.txt", BOOK)).title == "A Book"


ENCRYPTION = """<encryption xmlns:e="http://www.w3.org/2001/04/xmlenc#"><e:EncryptedData>
<e:EncryptionMethod Algorithm="{}"/></e:EncryptedData></encryption>"""


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"OEBPS/text/two.xhtml": None}, "it lacks its part OEBPS/text/two.xhtml"),
        ({"OEBPS/a book.opf": "<package"}, "it has a damaged part, OEBPS/a book.opf"),
        ({"OEBPS/a book.opf": "<package/>"}, "it lists no chapters"),
        ({"OEBPS/a book.opf": '<!DOCTYPE p [<!ENTITY a "aaaa">]><package/>'}, "it declares entities"),
        ({"META-INF/container.xml": "<container/>", "OEBPS/a book.opf": None}, "it has no table of contents"),
        ({"OEBPS/text/two.xhtml": b" " * (65 << 20)}, "it has a part of 65 MiB"),
        (
            {"META-INF/encryption.xml": ENCRYPTION.format("http://www.w3.org/2001/04/xmlenc#aes256-cbc")},
            r"copy-protected \(DRM\)",
        ),
    ],
)
def test_a_broken_book_is_one_line_before_anything_is_read(write: Write, changed: dict[str, str | bytes | None], complaint: str) -> None:
    parts = {name: content for name, content in {**BOOK, **changed}.items() if content is not None}
    with pytest.raises(InputError, match=complaint) as raised:
        read_document(write("a.epub", parts))
    assert "\n" not in str(raised.value)


def test_fonts_that_are_scrambled_protect_no_text(write: Write) -> None:
    parts = {**BOOK, "META-INF/encryption.xml": ENCRYPTION.format("http://www.idpf.org/2008/embedding")}
    assert read_document(write("a.epub", parts)).title == "A Book"


def test_a_book_that_breaks_off_or_was_damaged_is_one_line(write: Write) -> None:
    path = write("a.epub", BOOK)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="is a damaged EPUB or Word file"):
        read_document(path)
    place = whole.index(b"text/two.xhtml") + 60
    path.write_bytes(whole[:place] + bytes(byte ^ 0x5A for byte in whole[place : place + 30]) + whole[place + 30 :])
    with pytest.raises(InputError, match=r"it has a damaged part, OEBPS/text/two\.xhtml"):
        read_document(path)


def test_an_archive_of_something_else_is_one_line(write: Write) -> None:
    with pytest.raises(InputError, match="without an EPUB book or a Word document"):
        read_document(write("a.epub", {"a.txt": "x"}))


def test_a_word_document_has_headings_lists_and_tables(write: Write) -> None:
    document = read_document(write("a.docx", LETTER))
    assert (document.title, document.author, document.language) == ("Ein Brief", "Ann", "de")
    assert list(document.blocks) == [
        Block("heading", "Anfang", 1), Block("paragraph", "Ein Satz."), Block("item", "1. Erstens"), Block("item", "2. Zweitens"),
        Block("table", "Name, Alter"), Block("table", "Ann, 40"),
    ]  # fmt: skip


def test_a_damaged_word_document_is_one_line(write: Write) -> None:
    with pytest.raises(InputError, match=r"a\.docx can't be read: it has a damaged part, word/document\.xml") as raised:
        read_document(write("a.docx", {**LETTER, "word/document.xml": "<w:document"}))
    assert "\n" not in str(raised.value)


STYLED = f"""<w:styles {W}><w:style w:styleId="H"><w:name w:val="heading 2"/></w:style>
<w:style w:styleId="Mine"><w:name w:val="My Heading"/><w:basedOn w:val="H"/></w:style>
<w:style w:styleId="T"><w:name w:val="Title"/></w:style><w:style w:styleId="Q"><w:name w:val="Intense Quote"/></w:style>
<w:style w:styleId="C"><w:name w:val="toc 1"/></w:style><w:style w:styleId="O"><w:pPr><w:outlineLvl w:val="2"/></w:pPr></w:style>
<w:style w:styleId="L"><w:name w:val="List Number"/><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style></w:styles>"""


def styled(style: str, text: str) -> str:
    return paragraph(text, f'<w:pStyle w:val="{style}"/>')


@pytest.mark.parametrize(
    ("body", "blocks"),
    [
        (styled("T", "Book") + styled("H", "Part") + styled("Mine", "Sub") + styled("O", "Deep"),
         [Block("heading", "Book", 1), Block("heading", "Part", 2), Block("heading", "Sub", 2), Block("heading", "Deep", 3)]),
        (styled("C", "Contents 3") + styled("Q", "So it is."), [Block("quote", "So it is.")]),
        (styled("L", "a") + paragraph("Between.") + styled("L", "b"),
         [Block("item", "1. a"), Block("paragraph", "Between."), Block("item", "2. b")]),
        ("<w:p><w:r><w:t>one</w:t><w:tab/><w:t>two</w:t><w:br/><w:t>three</w:t><w:br w:type='page'/><w:noBreakHyphen/>"
         "<w:t>x</w:t></w:r></w:p>",
         [Block("paragraph", "one two\nthree-x")]),
        ("<w:p><w:del><w:r><w:delText>no</w:delText></w:r></w:del><w:ins><w:r><w:t>yes</w:t></w:r></w:ins><w:r><w:instrText>PAGE</w:instrText>"
         "</w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r></w:p>", [Block("paragraph", "yes")]),
        ("<w:p><w:r><w:t>m</w:t></w:r><w:r><w:rPr><w:vertAlign w:val='superscript'/></w:rPr><w:t>2</w:t></w:r><w:r><w:t> so</w:t></w:r>"
         "<w:r><w:rPr><w:vertAlign w:val='superscript'/></w:rPr><w:t>3</w:t></w:r></w:p>", [Block("paragraph", "m² so")]),
        ("<w:p><w:r><w:t>Word</w:t><w:footnoteReference w:id='5'/></w:r></w:p>",
         [Block("paragraph", "Word"), Block("item", "1. The note.")]),
        ("<w:tbl><w:tr><w:trPr><w:tblHeader/></w:trPr><w:tc>" + paragraph("A") + "</w:tc><w:tc>" + paragraph("B")
         + "</w:tc></w:tr><w:tr><w:tc>" + paragraph("1") + "</w:tc><w:tc>" + paragraph("2") + "</w:tc></w:tr></w:tbl>",
         [Block("table", "A: 1, B: 2")]),
        ("<w:p><w:r><w:drawing><wp:docPr xmlns:wp='w' descr='A barn'/></w:drawing></w:r></w:p>", [Block("paragraph", "A barn")]),
        ("<w:p><w:r><w:t>Out</w:t><w:pict><w:p><w:r><w:t>in</w:t></w:r></w:p></w:pict></w:r></w:p>",
         [Block("paragraph", "Out"), Block("paragraph", "in")]),
        ("<w:tbl><w:tr><w:tc>" * 3000 + paragraph("deep") + "</w:tc></w:tr></w:tbl>" * 3000, [Block("paragraph", "deep")]),
    ],
)  # fmt: skip
def test_a_word_document_says_what_its_paragraphs_are(write: Write, body: str, blocks: list[Block]) -> None:
    notes = {4: "Other.", 5: "The note."}
    note = "".join(f"<w:footnote w:id='{number}'>{paragraph(text)}</w:footnote>" for number, text in notes.items())
    note = f"<w:footnotes {W}>{note}</w:footnotes>"
    document = f"<w:document {W}><w:body>{body}</w:body></w:document>"
    parts = {**LETTER, "word/document.xml": document, "word/styles.xml": STYLED, "word/footnotes.xml": note}
    assert list(read_document(write("a.docx", parts)).blocks) == blocks


def test_a_word_document_that_declares_entities_is_refused(write: Write) -> None:
    bomb = f"<!DOCTYPE x [<!ENTITY a 'b'>]><w:document {W}>&a;</w:document>"
    for data in (bomb.encode(), bomb.encode("utf-16")):
        with pytest.raises(InputError, match="declares entities"):
            read_document(write("a.docx", {**LETTER, "word/document.xml": data}))
