"""The output of the speech-to-text model is parsed as far as possible, however malformed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from voicebridge_vibevoice.answer import Answer, Utterance

GOOD = '[{"Start":0,"End":5.2,"Speaker":0,"Content":"Good morning."},{"Start":5.6,"End":7.0,"Speaker":1,"Content":"Morning!"}]'
MORNING = [Utterance("Good morning.", 0.0, 5.2, 0), Utterance("Morning!", 5.6, 7.0, 1)]


def read(text: str, step: int = 10**9) -> list[Utterance]:
    answer = Answer()
    found: list[Utterance] = []
    for at in range(0, len(text), step):
        found += answer.feed(text[at : at + step])
    return [*found, *answer.finish()]


@pytest.mark.parametrize("step", [1, 2, 7, 10**9])
def test_a_good_answer_is_read_however_it_arrives(step: int) -> None:
    assert read(f"assistant\n{GOOD}\n", step) == MORNING


def test_what_is_whole_is_given_before_the_rest_has_come() -> None:
    answer = Answer()
    first, second = GOOD.split(",{")
    assert list(answer.feed(first)) == MORNING[:1]
    assert list(answer.feed(",{" + second)) == MORNING[1:]
    assert list(answer.finish()) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (GOOD[:-2], MORNING),
        (GOOD[:-5], [MORNING[0], Utterance("Mornin", 5.6, 7.0, 1)]),
        (GOOD[: GOOD.index('"Content":"Mor')], MORNING[:1]),
        (GOOD.replace("Good morning.", 'Say "hi" to him.'), [Utterance('Say "hi" to him.', 0.0, 5.2, 0), MORNING[1]]),
        (GOOD.replace("morning.", "morning.\n"), MORNING),
        (GOOD.replace("},{", "} {"), MORNING),
        (GOOD.replace("[", ""), MORNING),
        (GOOD.replace("Start", "Start time").replace("End", "End time").replace("Speaker", "Speaker ID"), MORNING),
        (GOOD.replace('"Speaker":1', '"Speaker":"1"').replace("5.6", '"0:05.6"'), MORNING),
        (GOOD.replace('"Speaker":0', '"Speaker":"N/A"'), [Utterance("Good morning.", 0.0, 5.2), MORNING[1]]),
        (GOOD.replace('"Speaker":0,', ""), [Utterance("Good morning.", 0.0, 5.2), MORNING[1]]),
        (GOOD.replace('"Start":0,"End":5.2,', '"Start":NaN,"End":-1,'), [Utterance("Good morning.", speaker=0), MORNING[1]]),
        (GOOD.replace('"Morning!"', "null"), MORNING[:1]),
        (GOOD.replace("Morning!", "…"), MORNING[:1]),
        ("assistant\nGood morning.", [Utterance("Good morning.")]),
        ("[]", []),
        ('[{"text": "something else"}]', []),
        ("", []),
        ("<>?!", []),
    ],
)
def test_what_can_be_kept_is_kept(text: str, expected: list[Utterance]) -> None:
    assert read(text) == expected
    assert read(text, 1) == expected


def test_sounds_that_are_no_speech_are_told_from_it() -> None:
    assert [Utterance(text).is_event for text in ("[Music]", "[Silence] [Noise]", "[Music] Hello", "Hello")] == [True, True, False, False]


@given(st.text())
@example('{"Start":' + "[" * 100_000)
@example('{"Start":1e999,"Speaker":1e400,"Content":"a"}')
@example('{"Speaker":' + "9" * 5000 + ',"Content":"a"}')
@example('{"Content":"a","Content":{"b":1}}')
def test_no_text_at_all_breaks_it(text: str) -> None:
    for utterance in read(text):
        assert utterance.text == utterance.text.strip() != ""


SPOKEN = st.fixed_dictionaries(
    {
        "Start": st.floats(0, 3600),
        "End": st.floats(0, 3600),
        "Speaker": st.integers(0, 9),
        "Content": st.text(min_size=1).map(lambda text: "a" + " ".join(text.split())),
    }
)


@given(st.lists(SPOKEN, min_size=1), st.data())
def test_an_answer_that_breaks_off_anywhere_keeps_all_that_was_whole(spoken: list[dict[str, Any]], data: st.DataObject) -> None:
    text = json.dumps(spoken, ensure_ascii=data.draw(st.booleans()))
    end = data.draw(st.integers(0, len(text)))
    whole = [Utterance(each["Content"], each["Start"], each["End"], each["Speaker"]) for each in spoken]
    ends = [len(json.dumps(spoken[: count + 1], ensure_ascii="\\u" in text)) - 1 for count in range(len(spoken))]
    kept = read(text[:end], data.draw(st.integers(1, 50)))
    complete = sum(each <= end for each in ends) if ends[-1] == len(text) - 1 else 0

    assert kept[:complete] == whole[:complete]
