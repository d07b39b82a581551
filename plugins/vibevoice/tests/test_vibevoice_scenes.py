"""Which text is spoken in one generation, and by which speakers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from voicebridge import AudioChunk, InputError, Line, TtsRequest, UnknownNameError
from voicebridge_vibevoice.scenes import LENGTH, SPEAKERS, Scene, chat_of, scenes

REQUEST = TtsRequest()
VOICE = np.ones(24_000, np.float32)


def sample(rate: int = 24_000) -> AudioChunk:
    return AudioChunk(VOICE[:rate], rate)


def test_a_piece_is_a_scene_of_its_own_and_lines_share_one() -> None:
    assert [scene.turns for scene in scenes(["One.", "Two."], REQUEST)] == [[(0, "One.")], [(0, "Two.")]]
    lines = [Line("Morning.", 0), Line("How are you?", 0), Line("Fine.", 1)]
    assert [scene.turns for scene in scenes(lines, REQUEST)] == [[(0, "Morning. How are you?"), (1, "Fine.")]]


def test_a_scene_is_given_before_the_next_piece_is_taken() -> None:
    taken = 0

    def pieces() -> Iterator[str]:
        nonlocal taken
        for piece in ("One.", "Two."):
            taken += 1
            yield piece

    next(scenes(pieces(), REQUEST))
    assert taken == 1


def test_a_fifth_speaker_begins_another_scene() -> None:
    found = list(scenes([Line("Hello.", number) for number in (0, 1, 2, 3, 0, 4, 0)], REQUEST))
    assert [list(scene.samples) for scene in found] == [[0, 1, 2, 3], [4, 0]]


def test_long_lines_and_long_scripts_are_several_scenes() -> None:
    sentence = "This is a sentence of some length. "
    (first, *_, last) = found = list(scenes([sentence * 500], REQUEST))
    assert first.turns[0][1].endswith("length.")
    assert " ".join(text for scene in found for _, text in scene.turns) == (sentence * 500).strip()
    assert last.length <= LENGTH
    script = [Line(sentence * 20, number % 2) for number in range(20)]
    assert all(scene.length <= LENGTH for scene in scenes(script, REQUEST))


@given(st.lists(st.tuples(st.text(), st.integers(0, 9))))
def test_whatever_is_said_scenes_keep_to_their_bounds_and_lose_no_letter(lines: list[tuple[str, int]]) -> None:
    found = list(scenes([Line(text, speaker) for text, speaker in lines], REQUEST))
    for scene in found:
        assert 0 < scene.length <= LENGTH
        assert 1 <= len(scene.samples) <= SPEAKERS
        for _, text in scene.turns:
            assert "\n" not in text
            text.encode("utf-8")


@pytest.mark.parametrize("text", ["", "   ", "…?!", "🙂", "<|vision_pad|>"])
def test_where_nothing_is_to_be_said_there_is_no_scene(text: str) -> None:
    assert list(scenes([text, Line(text, 1)], REQUEST)) == []


def test_marks_of_the_tokenizer_and_line_breaks_are_taken_out() -> None:
    (scene,) = scenes(["One <|vision_pad|> two\nSpeaker 1: three, it\u2019s"], REQUEST)
    assert scene.turns == [(0, "One two Speaker 1: three, it's")]


def test_a_speaker_is_introduced_once_with_the_sample() -> None:
    lines = [Line("A.", 3, sample=sample()), Line("B.", 1), Line("C.", 3, sample=sample())]
    (scene,) = scenes(lines, REQUEST)
    chat = chat_of(scene, scene.samples)
    assert [(turn["role"], [part["type"] for part in turn["content"]]) for turn in chat] == [  # type: ignore[attr-defined]
        ("0", ["text", "audio"]),
        ("1", ["text"]),
        ("0", ["text"]),
    ]


def test_a_line_s_own_sample_goes_before_the_request_s() -> None:
    request = TtsRequest(sample=AudioChunk(VOICE[:100], 24_000))
    (scene,) = scenes([Line("A.", 0, sample=sample()), Line("B.", 1)], request)
    assert [len(each) for each in scene.samples.values() if each is not None] == [24_000, 100]


def test_a_sample_that_will_not_do_is_refused() -> None:
    with pytest.raises(InputError, match="24000 Hz, not at 16000"):
        list(scenes(["A."], TtsRequest(sample=sample(16_000))))
    with pytest.raises(InputError, match="empty"):
        list(scenes([Line("A.", 0, sample=AudioChunk(VOICE[:0], 24_000))], REQUEST))


def test_a_voice_by_name_is_refused_with_what_there_is_instead() -> None:
    with pytest.raises(UnknownNameError, match=r"'anna'.*voices add.*voice_seed"):
        list(scenes([Line("A.", 0, voice="anna")], REQUEST))


def test_the_time_that_a_scene_may_take_follows_its_letters() -> None:
    def longest(text: str) -> float:
        scene = Scene()
        scene.add(0, text, None)
        return scene.longest

    assert longest("Hi") < 11
    assert longest("a" * 1200) == pytest.approx(250)  # 80 s at a typical pace
    assert longest("漢" * 100) == pytest.approx(90)  # 25 s
