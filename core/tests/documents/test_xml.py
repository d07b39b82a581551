"""Books and texts in XML, subtitles, and unsupported formats."""

from __future__ import annotations

import base64

import pytest
from voicebridge import InputError
from voicebridge.blocks import Block
from voicebridge.documents.read import read_bytes, read_text

FICTION = """<?xml version="1.0" encoding="{encoding}"?><FictionBook xmlns="http://www.gribuser.ru/xml/fictionbook/2.0"
 xmlns:l="http://www.w3.org/1999/xlink"><description><title-info><genre>prose</genre><author><first-name>Jane</first-name>
<last-name>Roe</last-name></author><book-title>The Bees</book-title><lang>en</lang></title-info><document-info><author>
<first-name>X</first-name></author></document-info></description><body><title><p>The Bees</p></title><section><title><p>Chapter One</p>
</title><p>In autumn<a l:href="#n1" type="note">[1]</a> the bees <emphasis>leave</emphasis> – m<sup>2</sup>.</p>
<poem><stanza><v>One line</v><v>and another</v></stanza></poem></section></body><body name="notes"><section><p>A note.</p></section></body>
<binary id="c" content-type="image/jpeg">/9j/4AAQ</binary></FictionBook>"""


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1252", "utf-16"])
def test_a_fictionbook_is_read_without_its_notes_and_pictures(encoding: str) -> None:
    document = read_bytes(FICTION.format(encoding=encoding).encode(encoding), "a.fb2")
    assert (document.title, document.author, document.language) == ("The Bees", "Jane Roe", "en")
    assert list(document.blocks) == [
        Block("heading", "The Bees", 1), Block("heading", "Chapter One", 2), Block("paragraph", "In autumn the bees leave – m²."),
        Block("quote", "One line\nand another"),
    ]  # fmt: skip


PICTURE = b"\xff\xd8\xff" + bytes(range(256)) * 400


@pytest.mark.parametrize(
    ("told", "picture", "expected"),
    [
        (
            '<date value="1925-04-26">April 1925</date><sequence name="The Saga" number="2"/>',
            PICTURE,
            ("1925", "prose", "The Saga #2", PICTURE),
        ),
        ("<date>in the year 1925</date><sequence name='The Saga'/>", PICTURE, ("1925", "prose", "The Saga", PICTURE)),
        ("<date/>", b"GIF89a", ("1931", "prose", None, None)),
        ("", b"\x89PNG" + bytes(9 << 20), ("1931", "prose", None, None)),
    ],
)
def test_a_fictionbook_tells_its_year_genre_series_and_cover(
    told: str, picture: bytes, expected: tuple[str | None, str | None, str | None, bytes | None]
) -> None:
    facts = f'<coverpage><image l:href="#front.jpg"/></coverpage>{told}</title-info><publish-info><year>1931</year></publish-info>'
    binary = f'<binary id="front.jpg" content-type="image/jpeg">\n{base64.encodebytes(picture).decode()}</binary></FictionBook>'
    book = FICTION.format(encoding="utf-8").replace("</title-info>", facts, 1).replace("</FictionBook>", binary)
    document = read_bytes(book.encode(), "a.fb2")
    assert (document.year, document.genre, document.series, document.cover) == expected
    assert next(iter(document.blocks)).text == "The Bees"


def test_a_fictionbook_whose_cover_is_missing_or_damaged_is_read_without_it() -> None:
    book = FICTION.format(encoding="utf-8").replace("</title-info>", '<coverpage><image l:href="#c"/></coverpage></title-info>', 1)
    for changed in (book.replace('id="c"', 'id="d"'), book.replace("/9j/4AAQ", "/9j/4AAQx"), book[: book.index("</binary>")]):
        document = read_bytes(changed.encode(), "a.fb2")
        assert document.cover is None
        assert [block.text for block in document.blocks][:2] == ["The Bees", "Chapter One"]


def test_a_damaged_fictionbook_is_read_as_far_as_it_goes() -> None:
    blocks = read_bytes(FICTION.format(encoding="utf-8").encode()[:700], "a.fb2").blocks
    assert next(iter(blocks)).text == "The Bees"


def test_a_daisy_book_is_read() -> None:
    book = (
        '<?xml version="1.0"?><dtbook xmlns="http://www.daisy.org/z3986/2005/dtbook/" xml:lang="de"><head>'
        '<meta name="dc:Title" content="T"/>'
        "</head><book><bodymatter><level1><pagenum>3</pagenum><h1>Eins</h1><p>Text<noteref>1</noteref>.</p><note>No.</note>"
        '<list type="ol"><li>a</li></list></level1></bodymatter></book></dtbook>'
    )
    document = read_bytes(book.encode(), "a.xml")
    assert (document.title, document.language) == ("T", "de")
    assert [block.text for block in document.blocks] == ["Eins", "Text.", "1. a"]


SPEAK = (
    '<speak version="1.1" xml:lang="en">Hello <break time="500ms"/> <emphasis>world</emphasis>. '
    '<sub alias="World Wide Web">WWW</sub> <p>Next.</p></speak>'
)


def test_speech_markup_is_read_without_its_tags() -> None:
    for document in (read_bytes(f'<?xml version="1.0"?>{SPEAK}'.encode(), "a.xml"), read_bytes(SPEAK.encode(), "a.txt"), read_text(SPEAK)):
        assert [block.text for block in document.blocks] == ["Hello world. World Wide Web", "Next."]


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (
            b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><text>x</text></svg>',
            r"is XML of an unknown kind \(<svg>\)\. Convert it",
        ),
        (b'<?xml version="1.0"?><!-- x --><!DOCTYPE rss><rss/>', r"is XML of an unknown kind \(<rss>\)"),
        (b"Title" + bytes(55) + b"BOOKMOBI" + bytes(99), "is a Kindle book. Convert it to EPUB first"),
    ],
)
def test_what_is_no_text_is_refused_in_one_line(data: bytes, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint) as raised:
        read_bytes(data, "a.txt")
    assert "\n" not in str(raised.value)


def test_entities_that_multiply_are_not_taken_apart() -> None:
    bomb = '<!ENTITY a "lol">' + "".join(f'<!ENTITY {chr(98 + each)} "{f"&{chr(97 + each)};" * 10}">' for each in range(9))
    text = f'<?xml version="1.0"?><!DOCTYPE speak [{bomb}<!ENTITY x SYSTEM "file:///etc/passwd">]><speak>One &j; two &x; three.</speak>'
    for encoding in ("utf-8", "utf-16"):
        with pytest.raises(InputError, match="declares entities"):
            read_bytes(text.encode(encoding), "a.xml")


SRT = (
    "1\n00:00:01,000 --> 00:00:02,500\nHello\nthere.\n\n2\n00:00:03,000 --> 00:00:04,000\n<i>General</i> {\\an8}Kenobi.\n\n"
    "3\n00:01:00,000 --> 00:01:01,000\nLater.\n"
)


@pytest.mark.parametrize("text", [SRT, SRT.replace("\n", "\r\n"), f"\ufeff{SRT}", "WEBVTT\n\nNOTE no\n\n" + SRT.replace(",", ".")])
def test_subtitles_are_read_without_numbers_and_times(text: str) -> None:
    assert [block.text for block in read_bytes(text.encode(), "a.srt").blocks] == ["Hello there. General Kenobi.", "Later."]
