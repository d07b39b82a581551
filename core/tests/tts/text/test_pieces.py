"""From documents and scripts to the input of an engine."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from voicebridge.blocks import Block, Document
from voicebridge.documents.read import read_text
from voicebridge.errors import InputError
from voicebridge.speech import AudioChunk
from voicebridge.text_parts import cut
from voicebridge.tts.text.normalize.english import WORDS as ENGLISH
from voicebridge.tts.text.normalize.german import WORDS as GERMAN
from voicebridge.tts.text.pieces import Manner, Piece, pieces_of
from voicebridge.tts.text.pronunciations import pronouncer
from voicebridge.tts.text.script import Turn, read_script, script_pieces
from voicebridge.tts.text.sentences import sentences


def manner(**more: Any) -> Manner:
    return Manner(
        **{"language": "en", "passage": 0, "normalize": False, "pronunciations": {}, "pause": 0.25, "paragraph_pause": 0.5, **more}
    )


def pieces(text: str, *, markdown: bool = False, **more: Any) -> list[Piece]:
    return list(pieces_of(read_text(text, markdown=markdown), manner(**more)))


def spoken(text: str, **more: Any) -> list[str]:
    return [piece.text for piece in pieces(text, **more)]


@pytest.mark.parametrize(
    ("language", "text", "parted"),
    [
        ("en", "Hello there", ["Hello there"]),
        ("en", "Dr. Smith paid $3.50 for 1.5 kg. Then he left.", ["Dr. Smith paid $3.50 for 1.5 kg.", "Then he left."]),
        ("en", "J. R. R. Tolkien wrote it, e.g. in 1937. So they say.", ["J. R. R. Tolkien wrote it, e.g. in 1937.", "So they say."]),
        ("en", 'He said: "No. I will not." She left.', ['He said: "No. I will not."', "She left."]),
        ("en", "Really?! It is so. Is it?", ["Really?!", "It is so.", "Is it?"]),
        ("de", "Das ist z. B. am 3. Mai um 5 Uhr. Herr Dr. Müller kam.", ["Das ist z. B. am 3. Mai um 5 Uhr.", "Herr Dr. Müller kam."]),
        ("zh", "你好。今天天气很好！你呢？", ["你好。", "今天天气很好！", "你呢？"]),
        ("hi", "यह है। वह है।", ["यह है।", "वह है।"]),
        ("ar", "كيف حالك؟ أنا بخير.", ["كيف حالك؟", "أنا بخير."]),
        ("xx", "One is here. Two is there.", ["One is here.", "Two is there."]),
        (None, "One is here. Two is there.", ["One is here.", "Two is there."]),
        ("en", "  ", []),
    ],
)
def test_sentences_of_many_languages_are_told_apart(language: str | None, text: str, parted: list[str]) -> None:
    assert sentences(text, language) == parted


@pytest.mark.parametrize(
    ("language", "text"),
    [
        *(("en", f"Yesterday we met {title} Wilson in the garden.") for title in ENGLISH.titles),
        *(("en", f"There were {each} which we counted.") for each in ENGLISH.abbreviations if each.endswith(".")),
        *(("en", f"It was a long time, {each} 30 days in all.") for each in ENGLISH.abbreviations if each.endswith(".")),
        *(("en", f"It was on {day} that we left the town.") for day in ENGLISH.days),
        *(("de", f"Gestern kam {title} Müller in den Garten.") for title in GERMAN.titles),
        *(("de", f"Das waren viele {each} Häuser.") for each in ("inkl.", "exkl.", "max.", "Tel.", "Jh.", "ca.", "z. B.", "bzw.", "mind.")),
        ("en", "See vol. iv of the work."), ("en", "I use .NET, ASP.NET and C# daily."), ("en", "It was est. 1905 in town."),
        ("de", "Das war im 19. Jahrhundert so."), ("de", "Die 1. Bundesliga und das 2. Kapitel."), ("de", "Das ist mein 4. Versuch."),
        ("de", "Zum 50. Geburtstag kam er."), ("de", "Heinrich VIII. hatte sechs Frauen."),
        ("fr", "Hier Mme. Bovary et M. Dupont sont venus."), ("fr", "Il vécut av. J.-C. dans la ville."),
        ("it", "Ieri il M. Rossi è venuto."),
        ("es", "Ayer la Sra. López y el Dr. Ruiz, p. ej. aquí."), ("pt", "Ontem a Sra. Souza chegou."),
        ("nl", "Gisteren kwam dhr. Jansen bijv. langs."),
        ("pl", "Wczoraj prof. Nowak i dr. Kowalska przyszli."), ("sv", "Igår kom dr. Berg med t.ex. böcker."),
    ],
)  # fmt: skip
def test_an_abbreviation_ends_no_sentence(language: str, text: str) -> None:
    assert sentences(text, language) == [text]


@pytest.mark.parametrize(
    ("language", "text", "parted"),
    [
        ("en", "Apples, pears, etc. The end.", ["Apples, pears, etc.", "The end."]),
        ("en", "The call at 3 p.m. Be there.", ["The call at 3 p.m.", "Be there."]),
        ("en", "He lives on Elm St. She lives on Oak Ave.", ["He lives on Elm St.", "She lives on Oak Ave."]),
        ("en", "Word.Another sentence begins.", ["Word.", "Another sentence begins."]),
        ("de", "Ich bin 19. Maria ist 20.", ["Ich bin 19.", "Maria ist 20."]),
        ("de", "Er kam am 3. Dann ging er.", ["Er kam am 3.", "Dann ging er."]),
    ],
)
def test_an_abbreviation_or_a_number_may_end_a_sentence(language: str, text: str, parted: list[str]) -> None:
    assert sentences(text, language) == parted


@settings(deadline=None)
@given(st.text(max_size=500), st.sampled_from(["en", "de", "zh", "ar", "el", "xx", None]))
def test_nothing_is_lost_between_sentences(text: str, language: str | None) -> None:
    found = sentences(text, language)
    assert "".join("".join(found).split()) == "".join(text.split())
    assert all(sentence.strip() for sentence in found)


@settings(deadline=None)
@given(st.text(alphabet="ab ,.;—\u0301", max_size=400), st.integers(1, 80))
def test_what_is_cut_is_short_and_whole(text: str, longest: int) -> None:
    parts = list(cut(text, longest))
    assert all(0 < len(part) <= longest for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


def test_a_long_run_is_cut_at_clauses_else_at_spaces_else_anywhere() -> None:
    clause = "and then they went on and on through the woods"
    assert spoken(", ".join([clause] * 12)) == [", ".join([clause] * 6) + ",", ", ".join([clause] * 6)]
    assert [len(part) for part in spoken("word " * 100)] == [249, 249]
    assert [len(part) for part in spoken("x" * 750)] == [250, 250, 250]


@pytest.mark.parametrize("letters", ["x", "9", "a ", '"', '"No. ', "1,", "😀", "http://"])
def test_a_line_of_100_000_letters_is_no_trouble(letters: str) -> None:
    start = time.process_time()
    parts = pieces(letters * (100_000 // len(letters)), normalize=True)
    assert time.process_time() - start < 30
    assert all(len(part.text) <= 450 for part in parts)


@pytest.mark.parametrize("letters", [".", "a.", "…", "\u0301", "x", "! ", "* ", '"', "Dr. ", "1. "])
def test_four_times_the_text_takes_about_four_times_as_long(letters: str) -> None:
    def seconds(size: int) -> float:
        document = Document([Block("paragraph", f"a {letters * (size // len(letters))} b")])
        start = time.process_time()
        for _ in pieces_of(document, manner()):
            pass
        return time.process_time() - start

    seconds(100)
    for _ in range(3):  # load on the machine only makes times longer
        base, more = seconds(50_000), seconds(200_000)
        if more < 9 * base + 0.02:
            return
    pytest.fail(f"{base:.3f} s for 50,000 letters, {more:.3f} s for 200,000")


def test_tiny_pieces_are_put_together_within_a_paragraph() -> None:
    assert spoken("It is late now. Yes. No. So we should really go.") == ["It is late now. Yes. No.", "So we should really go."]
    assert spoken("First of all.\n\n1. Yes.\n\nNo. We went to the house.") == ["First of all.", "1. Yes.", "No. We went to the house."]


def test_the_first_words_are_not_held_up_by_what_follows() -> None:
    assert spoken("Hello. This is a longer sentence.") == ["Hello.", "This is a longer sentence."]
    assert spoken("1. This is a longer sentence.") == ["1. This is a longer sentence."]


@pytest.mark.parametrize("text", ["", "…", "* * *", "---", "😀 🎉", "?!", "\u200b\ufeff", "\x00\x1b", "「」", "“ ”"])
def test_what_can_t_be_spoken_is_left_out(text: str) -> None:
    assert pieces(text) == pieces(text, normalize=True) == []


def test_marks_that_only_steer_how_letters_are_laid_out_are_left_out() -> None:
    (piece,) = pieces("A \u2067\u200fname\u2069 and \u202eback\u202c, \u061cwith a soft\u00adware hyphen.", normalize=True)
    assert piece.text == piece.written == "A name and back, with a software hyphen."


def test_a_piece_knows_how_it_was_written() -> None:
    (piece,) = pieces("It costs $5 \u00ad now 😀.", normalize=True)
    assert (piece.text, piece.written) == ("It costs five dollars now.", "It costs $5 now 😀.")


def test_headings_and_items_end_as_sentences_do() -> None:
    read = pieces("# Title\n\n- one thing here\n- another: this\n\nA paragraph without end", markdown=True)
    assert [piece.text for piece in read] == ["Title.", "one thing here.", "another: this.", "A paragraph without end"]
    assert read[0].written == "Title"


def test_pauses_are_longer_between_paragraphs_and_longest_before_chapters() -> None:
    text = "# One\n\nA sentence is here. And one more is there.\n\nA paragraph.\n\n- first thing\n- second thing\n\n***\n\n"
    text += "After a break.\n\n### Minor\n\nText of it.\n\n# Two\n\nThe end of it."
    assert [(piece.written, piece.pause) for piece in pieces(text, markdown=True)] == [
        ("One", 0.75), ("A sentence is here.", 0.25), ("And one more is there.", 0.5), ("A paragraph.", 0.5), ("first thing", 0.25),
        ("second thing", 1.0), ("After a break.", 0.75), ("Minor", 0.75), ("Text of it.", 1.0), ("Two", 0.75), ("The end of it.", 0.5),
    ]  # fmt: skip


def chapters(*blocks: Block, title: str | None = None) -> list[str | None]:
    return [piece.chapter for piece in pieces_of(Document(blocks, title), manner())]


def heading(text: str, level: int) -> Block:
    return Block("heading", text, level)


TEXT = Block("paragraph", "Some text.")


def test_headings_of_the_upper_levels_begin_chapters() -> None:
    assert chapters(TEXT, heading("One", 1), TEXT, heading("Two", 2), TEXT, heading("Not", 3), TEXT) == [
        None,
        "One",
        None,
        "Two",
        None,
        None,
        None,
    ]


def test_where_the_upper_levels_are_not_used_the_highest_counts() -> None:
    assert chapters(heading("One", 3), TEXT, heading("Not", 4), TEXT, heading("Two", 3), TEXT) == ["One", None, None, None, "Two", None]


def test_headings_in_a_row_begin_one_chapter() -> None:
    assert chapters(heading("Part One", 1), heading("The Shire", 2), TEXT) == ["Part One: The Shire", None, None]
    assert chapters(heading("Book", 1), heading("One", 2), TEXT, heading("Two", 2), TEXT, title="Book") == ["One", None, None, "Two", None]
    assert chapters(heading("Book", 1), TEXT, title="Book") == ["Book", None]


def test_a_chapter_begins_with_the_first_piece_that_is_spoken() -> None:
    assert [(piece.written, piece.chapter) for piece in pieces_of(Document([heading("***", 1), TEXT]), manner())] == [("Some text.", "***")]


def test_sentences_are_joined_to_passages_but_not_across_chapters() -> None:
    text = "# One\n\n" + "A sentence of some words. " * 6 + "\n\nWithout an end\n\nNext.\n\n# Two\n\nText."
    read = pieces(text, markdown=True, passage=120)
    assert [piece.chapter for piece in read] == ["One", None, "Two"]
    assert all(len(piece.text) <= 120 for piece in read)
    assert read[1].text.endswith("Without an end. Next.")
    assert [piece.pause for piece in read] == [0.25, 1.0, 0.5]


def test_a_document_is_read_no_further_than_it_has_to_be() -> None:
    taken = itertools.count()

    def blocks() -> Iterator[Block]:
        while True:
            yield Block("paragraph", f"This is paragraph number {next(taken)}.")

    first = next(pieces_of(Document(blocks()), manner()))
    assert first.text == "This is paragraph number 0."
    assert next(taken) < 5


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=600), st.sampled_from([0, 200, 1000]), st.booleans(), st.booleans(), st.sampled_from(["en", "de", "fr", None]))
def test_the_same_text_always_has_the_same_pieces(text: str, passage: int, markdown: bool, normalize: bool, language: str | None) -> None:
    more = {"passage": passage, "normalize": normalize, "language": language}
    read = pieces(text, markdown=markdown, **more)
    assert read == pieces(text, markdown=markdown, **more)
    for piece in read:
        assert "\n" not in piece.text
        assert re.search(r"\w", piece.text)
        assert piece.pause >= 0.25
        assert len(piece.text) <= max(450, passage)


@settings(max_examples=40, deadline=None)
@given(st.text(alphabet=st.characters(categories=["Lu", "Ll", "Zs", "Po"]), max_size=600))
def test_all_that_is_written_is_in_the_pieces(text: str) -> None:
    def letters(text: str) -> str:
        return "".join(filter(str.isalnum, text))

    assert letters("".join(piece.written for piece in pieces(text))) == letters(text)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("SQL, sql and MySQL", "sequel, sql and MySQL"),
        ("Nginx or NGINX", "engine x or engine x"),
        ("GitHub and github", "git hub and github"),
        ("New York, York", "the city, jork"),
        ("C++ or C, not C+", "see plus plus or see, not see+"),
        (".NET is dotnet", "dot net is dotnet"),
        ("Straße STRASSE", "street STRASSE"),
    ],
)
def test_the_users_pronunciations_are_of_whole_words_and_the_longest_wins(text: str, read: str) -> None:
    words = {"SQL": "sequel", "nginx": "engine x", "GitHub": "git hub", "York": "jork", "New York": "the city", "C++": "see plus plus",
             "C": "see", ".NET": "dot net", "straße": "street", " ": "never", "sequel": "never twice"}  # fmt: skip
    assert pronouncer(words)(text) == read


def test_pronunciations_come_before_numbers_are_spelled_out() -> None:
    assert spoken("The 9/11 report", normalize=True, pronunciations={"9/11": "nine eleven"}) == ["The nine eleven report"]


@settings(deadline=None)
@given(st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=5), st.text(max_size=60))
def test_any_pronunciations_can_be_had(words: dict[str, str], text: str) -> None:
    assert isinstance(pronouncer(words)(text), str)


def test_a_script_says_who_speaks() -> None:
    script = "\nAlice: Hello.\nHow are you?\n\n[1] Fine.\n[Bob]: Me too.\nSpeaker 1: Good: that is it.\nAlice : Bye.\nIt is 10:30 now.\n"
    assert read_script(script) == [
        Turn("Alice", "Hello.\nHow are you?"), Turn("1", "Fine."), Turn("Bob", "Me too."), Turn("Speaker 1", "Good: that is it."),
        Turn("Alice", "Bye.\nIt is 10:30 now."),
    ]  # fmt: skip


def test_a_script_without_a_speaker_is_one_line_with_its_number() -> None:
    with pytest.raises(InputError, match="Line 3 of the script has no speaker"):
        read_script("\n\nHello there.\nAlice: Hello.")


def test_an_empty_script_has_no_turns() -> None:
    assert read_script(" \n\n") == []


def test_the_pieces_of_a_script_know_their_speaker() -> None:
    sample = AudioChunk(np.zeros(8, np.float32), 16_000)
    turns = [Turn("Bob", "Hello to you. I am Bob, as you know."), Turn("Alice", "Hello."), Turn("Bob", "$5?"), Turn("Eve", "…")]
    read = list(script_pieces(turns, manner(normalize=True), {"Bob": ("low", None), "Alice": (None, sample)}))
    lines = [line for piece in read for line in piece.lines]
    assert lines == [piece.text for piece in read] == ["Hello to you.", "I am Bob, as you know.", "Hello.", "five dollars?"]
    assert [(line.speaker, line.voice, line.sample) for line in lines] == [
        (0, "low", None), (0, "low", None), (1, None, sample), (0, "low", None),
    ]  # fmt: skip
    assert read[3].written == "$5?"
    (scene,) = script_pieces(turns, manner(normalize=True, passage=500), {})
    assert [line.speaker for line in scene.lines] == [0, 1, 0]


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.from_regex(r"[A-Za-z][A-Za-z ]{0,8}[a-z]", fullmatch=True), st.text(alphabet="abc. ", min_size=1)),
        min_size=1,
        max_size=8,
    )
)
def test_a_script_that_is_written_down_is_read_back(turns: list[tuple[str, str]]) -> None:
    script = "\n".join(f"{speaker}: {text}" for speaker, text in turns)
    assert read_script(script) == [Turn(speaker, text.strip()) for speaker, text in turns]


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_script_is_turns_or_one_line(text: str) -> None:
    try:
        turns = read_script(text)
    except InputError as error:
        assert len(str(error).splitlines()) == 1
    else:
        assert all(turn.speaker for turn in turns)
        list(script_pieces(turns, manner(), {}))


@pytest.mark.parametrize("written", ["6 ft. 2 in.", "Dr. Smith", "St. Louis", "J. Smith", "no. 5"])
def test_a_long_sentence_is_not_cut_within_what_is_written_short(written: str) -> None:
    text = " ".join(["He wrote about", *[f"{written}, of course, and then"] * 30, "came home."])
    assert all(part.endswith((",", "then", "home.")) for part in cut(text, 300))
