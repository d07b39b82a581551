"""Missing and added words, determined from texts alone."""

from __future__ import annotations

import pytest
from voicebridge.tts.verify.check import Deviation, compare

SENTENCE = "Please call Stella, and ask her to bring these things with her from the store."


@pytest.mark.parametrize(
    ("written", "heard", "language"),
    [
        ("The quick brown fox.", "the quick brown fox", "en"),
        ("My favourite colour is grey.", "My favorite color is gray.", "en"),
        ("He organised the theatre programme.", "He organized the theater program.", "en"),
        ("VoiceBridge speaks.", "Voice bridge speaks.", "en"),
        ("The voice bridge speaks.", "The VoiceBridge speaks.", "en"),
        ("A well-known side-effect.", "A well known side effect", "en"),
        ("It can't be, I won't go and they're late.", "It cannot be. I will not go, and they are late.", "en"),
        ("I knew their right to write there.", "I new there write to right their.", "en"),
        ("In 1984 she was 25 years old.", "In nineteen eighty four she was twenty-five years old.", "en"),
        ("In nineteen eighty-four she was twenty-five.", "In 1984, she was 25.", "en"),
        ("two thousand and nine", "2009", "en"),
        ("five five five, two three four", "555-234", "en"),
        ("It costs three hundred and sixty five dollars and fifty cents.", "It costs $365.50.", "en"),
        ("It costs $365.50.", "It costs three hundred sixty-five dollars and fifty cents.", "en"),
        ("Nearly ninety percent of them agreed.", "Nearly 90% of them agreed.", "en"),
        ("The train leaves at seven fifteen.", "The train leaves at 7:15.", "en"),
        ("on the twenty first of June", "On the 21st of June", "en"),
        ("a hundred and twenty eight pounds", "£128", "en"),
        ("one million two hundred thousand", "1,200,000", "en"),
        ("Dr. Smith and Mr. Jones", "Doctor Smith and mister Jones", "en"),
        ("The F.B.I. and the U.S.A.", "The FBI and the USA.", "en"),
        ("Henry the Eighth", "Henry VIII", "en"),
        ("Siobhan met Mr. Nguyen in Cholmondeley.", "Shivon met Mr. Nwin in Chumley.", "en"),
        ("Kubernetes runs on Xubuntu.", "Cooper Netties runs on Zoobuntu.", "en"),
        ("Im Jahr 1984 kostete das 3,50 Mark.", "Im Jahr neunzehnhundertvierundachtzig kostete das drei Komma fünf null Mark.", "de"),
        ("Die Straße ist schön.", "Die Strasse ist schön.", "de"),
        ("Il a vingt et un ans.", "Il a 21 ans.", "fr"),
        ("你好。世界", "你好世界", "zh"),
    ],
)
def test_another_spelling_is_no_other_word(written: str, heard: str, language: str) -> None:
    assert compare(written, heard, language).ok, compare(written, heard, language)


def test_a_dropped_clause_is_missing() -> None:
    finding = compare(SENTENCE, "Please call Stella, from the store.", "en")
    assert finding.missing == ("and ask her to bring these things with her",)
    assert finding.invented == ()


@pytest.mark.parametrize("text", ["", "...", "9" * 10_000, "1." * 500, "'" * 50, "A" * 5_000, "½ ² ٣ Ⅷ", "😀 $ % &", "a b c d e f"])
def test_whatever_is_written_is_like_itself_and_is_missing_in_silence(text: str) -> None:
    assert compare(text, text, "en").ok
    assert compare(text, "", "en").ok is not any(each.isalnum() for each in text)


def test_a_symbol_may_be_said_in_words_and_a_full_stop_excuses_nothing() -> None:
    assert compare("It is 20 % of 5 km.", "It is twenty percent of five kilometers.", "en").ok
    assert compare("There is a point to it. So he left.", "There is a to it. So he left.", "en").missing == ("point",)


@pytest.mark.parametrize("word", ["call", "Stella", "things", "store"])
def test_a_dropped_word_is_missing(word: str) -> None:
    finding = compare(SENTENCE, SENTENCE.replace(f" {word}", ""), "en")
    assert finding.missing == (word,)


def test_a_repeated_clause_is_invented() -> None:
    finding = compare(SENTENCE, SENTENCE.replace("these things", "these things, bring these things"), "en")
    assert finding == Deviation(invented=("bring these things",), wrong=3, repeated=True)


@pytest.mark.parametrize("word", ["call", "Stella", "things", "store"])
def test_a_word_said_twice_is_invented(word: str) -> None:
    finding = compare(SENTENCE, SENTENCE.replace(word, f"{word} {word}"), "en")
    assert finding == Deviation(invented=(word,), wrong=1, repeated=True)


def test_a_word_that_is_begun_and_begun_again_is_invented() -> None:
    assert compare("My name is Ada and I live in Rome.", "My name is Ada and I love live in Rome.", "en").invented == ("love",)


def test_words_after_the_end_are_invented() -> None:
    assert compare(SENTENCE, f"{SENTENCE} Thank you for watching.", "en").invented == ("Thank you for watching",)


def test_other_words_in_the_place_of_some_are_missing_and_invented() -> None:
    finding = compare(SENTENCE, SENTENCE.replace("bring these things", "never mind about"), "en")
    assert finding.missing == ("bring these things",)
    assert finding.invented == ("never mind about",)


def test_nothing_heard_misses_everything() -> None:
    assert compare(SENTENCE, "", "en").wrong == 15


def test_what_was_said_in_a_number_is_told_in_the_text_s_own_words() -> None:
    assert compare("She was born in 1984, at home.", "She was born in, at home.", "en").missing == ("1984",)


def test_one_word_heard_as_another_between_right_ones_is_the_ear_s_mistake() -> None:
    assert compare("He reached the pole too late.", "He reached the pool too late.", "en").ok
    assert compare("They left on a barge at noon.", "They left on a march at noon.", "en").ok
