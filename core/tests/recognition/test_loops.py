"""What is a loop of a decoder, and what people do say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from voicebridge.recognition.loops import compression_ratio, cut_loops, has_words, repeats, stutters


@pytest.mark.parametrize(
    "text",
    [
        "five five five five five five five five five five",
        "I said " + "thank you very much " * 6,
        "and so on, " * 5 + "and then it ended",
    ],
)
def test_a_loop_is_seen_and_said_once(text: str) -> None:
    assert repeats(text)
    assert not repeats(cut_loops(text))


def test_a_cut_loop_keeps_what_stands_around_it() -> None:
    assert cut_loops("He said " + "go on " * 6 + "and left.") == "He said go on and left."


@pytest.mark.parametrize("text", ["no, no, no, no, no", "ha ha ha ha", "one two three four five six seven eight", "", "bye bye"])
def test_what_people_do_say_is_no_loop(text: str) -> None:
    assert cut_loops(text) == text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("女士" * 40, "女士"),
        ("はい" * 40, "はい"),
        ("ねえ、" * 40, "ねえ、"),
        ("เจ้า" * 40, "เจ้า"),
        ("ကောင်း" * 12, "ကောင်း"),
        ("他不是一個" + "女兒" * 30 + "。", "他不是一個女兒。"),
        ("रा" + "शा" * 40, "राशा"),
        ("Sa" + "qa" * 60 + " and", "Saqa and"),
    ],
)
def test_a_loop_without_spaces_is_seen_and_said_once(text: str, kept: str) -> None:
    assert repeats(text)
    assert cut_loops(text) == kept


@pytest.mark.parametrize(
    "text",
    [
        "はいはいはい",
        "あああああ",
        "哈哈哈哈哈哈",
        "10000000000000",
        "hahahahahaha",
        "ありがとうございます",
        "มากๆๆๆๆ",
        ".....................",
    ],
)
def test_what_people_do_say_without_spaces_is_no_loop(text: str) -> None:
    assert cut_loops(text) == text


@pytest.mark.parametrize("text", ["ありがとうございますありがとうございます", "そうですそうですそうです", "你好你好"])
def test_a_phrase_without_spaces_that_follows_on_itself_is_a_stutter(text: str) -> None:
    assert stutters(text)


@pytest.mark.parametrize(
    "text", ["日本は東アジアにあります。首都は東京です。", "中国位于亚洲东部。首都是北京", "ประเทศไทยตั้งอยู่ในเอเชีย", "人"]
)
def test_ordinary_speech_without_spaces_is_no_stutter(text: str) -> None:
    assert not stutters(text)


def test_scripts_of_three_bytes_a_character_compress_no_better_than_others() -> None:
    text = (
        "भारत दक्षिण एशिया में स्थित है। इसकी राजधानी नई दिल्ली है, जहाँ दो करोड़ से अधिक लोग रहते हैं। यहाँ की नदियाँ हिमालय से निकलती हैं और "
        "मैदानों से होकर समुद्र तक जाती हैं। किसान सुबह जल्दी उठकर अपने खेतों की ओर चल पड़ते हैं।"
    )

    assert compression_ratio(text) < 1.6
    assert compression_ratio(text * 4) > 2.4


@given(st.text("はい、女士ab 1", max_size=80))
def test_cutting_loops_twice_takes_no_more_than_once_from_text_without_loops(text: str) -> None:
    remaining = iter(text)

    assert all(character in remaining for character in cut_loops(text) if character != " ")


@given(st.lists(st.sampled_from(["a", "b", "c"]), max_size=60))
def test_cutting_loops_only_ever_takes_words_away(words: list[str]) -> None:
    kept = cut_loops(" ".join(words)).split()
    remaining = iter(words)

    assert all(word in remaining for word in kept)  # a subsequence
    assert cut_loops(" ".join(kept)).split() == kept or len(kept) < len(words)


@pytest.mark.parametrize(
    ("text", "has"), [("......", False), (" ... ", False), ("♪", False), ("", False), ("5", True), ("да", True), ("ค่ะ", True)]
)
def test_punctuation_alone_is_no_word(text: str, has: bool) -> None:
    assert has_words(text) is has


@pytest.mark.parametrize(
    "text", ["Release this way by it. Release this way by it.", "five five five", "Yes. Yes.", "change, change, change and more"]
)
def test_what_a_decoder_does_in_too_short_a_window_is_a_stutter(text: str) -> None:
    assert stutters(text)


@pytest.mark.parametrize("text", ["", "no", "The quick brown fox jumps over the lazy dog.", "that that is is"])
def test_ordinary_speech_is_no_stutter(text: str) -> None:
    assert not stutters(text)


@given(st.lists(st.sampled_from("abcdefgh"), min_size=3, max_size=6), st.text("xyz ", max_size=12))
def test_a_phrase_said_twice_is_found_wherever_it_stands(phrase: list[str], before: str) -> None:
    assert stutters(" ".join([before, *phrase, *phrase]))
