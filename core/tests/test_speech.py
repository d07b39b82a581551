"""Joining segments to a text, and the language of a transcript."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from voicebridge import Segment, Transcript
from voicebridge.speech import joined_text, main_language


def segments(*texts: str) -> tuple[Segment, ...]:
    return tuple(Segment(float(at), at + 1.0, text) for at, text in enumerate(texts))


@pytest.mark.parametrize(
    ("texts", "joined"),
    [
        (("Hello.", "How are you?"), "Hello. How are you?"),
        (("中国位于亚洲东部。", "首都是北京。"), "中国位于亚洲东部。首都是北京。"),
        (("日本は東アジアにあります", "「首都は東京です」"), "日本は東アジアにあります「首都は東京です」"),
        (("안녕하세요.", "반갑습니다."), "안녕하세요. 반갑습니다."),
        (("สวัสดีครับ", "ยินดีที่ได้รู้จัก"), "สวัสดีครับ ยินดีที่ได้รู้จัก"),
        (("Das heißt", "日本", "auf Japanisch."), "Das heißt 日本 auf Japanisch."),
        (("", "Only.", ""), "Only."),
        ((), ""),
    ],
)
def test_no_space_stands_between_chinese_and_japanese_sentences(texts: tuple[str, ...], joined: str) -> None:
    assert joined_text(segments(*texts)) == joined
    assert Transcript(segments(*texts), 10.0, "m").text == joined


@given(st.lists(st.text(max_size=8)))
def test_joining_adds_nothing_but_spaces_and_loses_nothing(texts: list[str]) -> None:
    assert joined_text(segments(*texts)).replace(" ", "") == "".join(texts).replace(" ", "")


def test_a_greeting_in_another_language_does_not_name_the_transcripts_language() -> None:
    spoken = [Segment(0, 4, "Guten Tag.", language="de"), Segment(5, 30, "Good day.", language="en"), Segment(30, 31, "Hm.")]

    assert main_language(spoken) == "en"
    assert main_language(spoken[2:]) is None
