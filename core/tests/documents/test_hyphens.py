"""Words that were split at a line end, and the separator between lines of plain text and of printed pages."""

from __future__ import annotations

import pytest
from voicebridge.blocks import Block
from voicebridge.documents.lines import Page, Paragraphs, PrintedLine, text_lines
from voicebridge.documents.read import read_text
from voicebridge.tts.text.pieces import Manner, pieces_of


def texts(text: str) -> list[str]:
    return [block.text for block in read_text(text).blocks]


@pytest.mark.parametrize(
    ("lines", "whole"),
    [
        ("she felt nega-\ntive about the emo-\ntional state", "she felt negative about the emotional state"),
        ("all the pas-\nsengers", "all the passengers"),
        ("nega\u00ad\ntive", "negative"),
        ("nega\u2010\ntive", "negative"),
        ("The well-\nknown man", "The well-known man"),
        ("the mother-in-\nlaw came", "the mother-in-law came"),
        ("a state-\nof-the-art thing", "a state-of-the-art thing"),
        ("twenty-\none of them", "twenty-one of them"),
        ("die Haus-\ntür, Ein-\nund Ausgang, vor- und Nach-\nteile", "die Haustür, Ein- und Ausgang, vor- und Nachteile"),
        ("pre- and post-\nwar", "pre- and postwar"),
        ("Baden-\nBaden", "Baden-Baden"),
        ("he said -\nand left", "he said - and left"),
        ("1990-\n1995", "1990-\n1995"),
    ],
)
def test_a_word_that_a_line_s_end_parts_is_whole_again(lines: str, whole: str) -> None:
    assert texts(lines) == [whole]


def test_entities_in_bare_text_are_the_letters_that_they_stand_for() -> None:
    assert texts("Salt &amp; pepper&#8230; AT&T; R&D &unknown;") == ["Salt & pepper… AT&T; R&D &unknown;"]


LONG = "It was a sentence that goes on and on, for more letters than any heading would have, and then it is parted by the number of a page"


@pytest.mark.parametrize(
    ("text", "headings"),
    [
        ("No.\n\nXIV\n\nText.\n\n4\n\nMore.", ["XIV", "4"]),
        ("I\n\nIt was late.\n\nII.\n\nLater.", ["I", "II"]),
        ("CHAPTER THE THIRD\n\nText.\n\nChapter Twenty-One\n\nText.", ["CHAPTER THE THIRD", "Chapter Twenty-One"]),
        (f"{LONG}\n\n12\n\nand goes on.", []),
        ("IIII\n\nText.\n\n1984 was a year.", []),
    ],
)
def test_a_number_that_stands_alone_is_a_chapter_s(text: str, headings: list[str]) -> None:
    assert [block.text for block in read_text(text).blocks if block.kind == "heading"] == headings


def line(text: str, bottom: float, left: float = 50, right: float = 300, cells: tuple[str, ...] = ()) -> PrintedLine:
    return PrintedLine(text, left, right, bottom, bottom + 12, cells)


def printed(*lines: PrintedLine) -> list[Block]:
    paragraphs = Paragraphs(by_size=True)
    return [*paragraphs.of_page(Page(lines, 600), lines, 12), *paragraphs.finished(12)]


def test_an_item_with_a_hanging_indent_goes_on() -> None:
    assert printed(
        line("• one bullet", 437, right=100), line("• another bullet that goes on to the next", 420),
        line("line of the page.", 407, left=60, right=120), line("and one more", 394, left=60), line("1. numbered", 380, right=105),
        line("Text at the margin that begins anew.", 340),
    ) == [
        Block("item", "one bullet"), Block("item", "another bullet that goes on to the next line of the page. and one more"),
        Block("item", "1. numbered"), Block("paragraph", "Text at the margin that begins anew."),
    ]  # fmt: skip


def test_rows_of_a_printed_table_are_read_one_by_one() -> None:
    assert printed(
        line("Prices are as follows:", 537), line("Item Price", 507, cells=("Item", "Price")),
        line("Red apples $1", 491, cells=("Red apples", "$1")),
        line("Text after it.", 450),
    ) == [
        Block("paragraph", "Prices are as follows:"), Block("table", "Item, Price"), Block("table", "Red apples, $1"),
        Block("paragraph", "Text after it."),
    ]  # fmt: skip


def test_a_running_head_of_a_single_page_is_known_by_the_numbers_around_it() -> None:
    pages = [Page((line(head, 568), line("Text.", 400)), 600) for head in ("12 THE TRAIN", "Chapter 1. The Town 13", "14 THE TRAIN")]
    for page in pages:
        assert [each.text for each in text_lines(page, [other for other in pages if other is not page])] == ["Text."]


def test_a_heading_with_a_number_is_no_running_head() -> None:
    pages = [Page((line(head, 568), line("Text.", 400)), 600) for head in ("Text goes on", "In the year 1984", "and on")]
    assert len(text_lines(pages[1], [pages[0], pages[2]])) == 2


def test_a_part_in_another_language_is_spoken_by_that_language_s_rules() -> None:
    blocks = [Block("paragraph", "Es sind 3 km."), Block("paragraph", "It is 3 km.", language="en")]
    document = read_text("")
    pieces = pieces_of(type(document)(blocks, language="de"), Manner(None, 0, True, {}, 0.3, 0.6))
    assert [piece.text for piece in pieces] == ["Es sind drei Kilometer.", "It is three kilometers."]
