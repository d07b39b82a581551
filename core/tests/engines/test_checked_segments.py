"""What becomes of the segments that a faulty speech-to-text engine returns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from voicebridge import Segment, SttRequest, SttSpec, Word
from voicebridge.engines.checked_segments import SegmentCheck

SPEC = SttSpec(name="tiny", factory="acme:Engine")
LIVE = SttSpec(name="live", factory="acme:Engine", partials=True)
DRAFTS = SttRequest(partials=True)


def checked(
    *segments: Any, spec: SttSpec = SPEC, request: SttRequest | None = None, words: bool = False
) -> tuple[list[Segment], list[str]]:
    """The segments as they come out of the check, and the mistakes that were reported."""
    mistakes: list[str] = []
    check = SegmentCheck(mistakes.append, spec, request or SttRequest(words=words))
    found = [check.checked(each) for each in segments]
    check.finish()
    return [each for each in found if each is not None], mistakes


def test_numpy_times_become_floats() -> None:
    [segment], _ = checked(Segment(np.float32(0.5), np.int64(1), "Hello.", avg_logprob=np.float64(-0.5)))  # type: ignore[arg-type]
    assert [type(each) for each in (segment.start, segment.end, segment.avg_logprob)] == [float] * 3
    assert (segment.start, segment.end, segment.avg_logprob) == (0.5, 1.0, -0.5)


def test_text_has_no_space_around_it_and_no_line_break() -> None:
    found, _ = checked(Segment(0, 1, " one\r\n two\u2028three "), Segment(1, 2, "Ça\u202f!"))
    assert [each.text for each in found] == ["one two three", "Ça\u202f!"]


@pytest.mark.parametrize(
    ("segments", "times", "mistake"),
    [
        ([(1, 2), (0, 1)], [(1, 2), (1, 1)], "returned segments out of order"),
        ([(1, float("nan")), (3, 4)], [(1, 1), (3, 4)], "returned a segment with invalid times"),
        ([(0, 1), (float("inf"), None)], [(0, 1), (0, 0)], "returned a segment with invalid times"),
        ([(2, 1)], [(2, 2)], "returned a segment that ends before it starts"),
        ([(-1, 1)], [(0, 1)], "returned segments out of order"),
    ],
)
def test_text_is_kept_whatever_its_times_are_and_a_mistake_is_reported_once(segments: Any, times: Any, mistake: str) -> None:
    found, mistakes = checked(*(Segment(start, end, "text") for start, end in segments + segments[-1:]))
    assert [(each.start, each.end, each.text) for each in found] == [(*each, "text") for each in times + times[-1:]]
    assert mistakes == [mistake]


def test_a_partial_result_may_begin_later_than_the_text_that_replaces_it() -> None:
    found, mistakes = checked(Segment(2, 3, "hal", final=False), Segment(1, 3, "Hello."), spec=LIVE, request=DRAFTS)
    assert [(each.start, each.text, each.final) for each in found] == [(2, "hal", False), (1, "Hello.", True)]
    assert not mistakes


def test_partial_results_come_only_if_they_are_requested() -> None:
    found, mistakes = checked(Segment(1, 2, "hal", final=False), Segment(1, 3, "Hello."), spec=LIVE)
    assert [each.text for each in found] == ["Hello."]
    assert not mistakes


def test_partial_results_that_were_not_declared_are_left_out_with_one_warning() -> None:
    drafts = [Segment(0, end, "hal", final=False) for end in (1, 2)]
    found, mistakes = checked(*drafts, Segment(1, 3, "Hello."), request=DRAFTS)
    assert [each.text for each in found] == ["Hello."]
    assert mistakes == ["returned segments with final=False, which were left out, because its SttSpec has no partials=True"]


def test_a_partial_result_does_not_go_back_before_what_is_final() -> None:
    segments = [Segment(0, 2, "One."), Segment(1, 3, "one two", final=False), Segment(0, 1, "on", final=False), Segment(2, 3, "Two.")]
    found, mistakes = checked(*segments, spec=LIVE, request=DRAFTS)
    assert [(each.start, each.end) for each in found] == [(0, 2), (2, 3), (2, 2), (2, 3)]
    assert mistakes == ["returned a segment with final=False that begins before the end of the last final segment"]


def test_a_partial_result_at_the_end_is_a_mistake() -> None:
    mistake = "returned a segment with final=False at the end, which was left out, because no final segment followed"
    for request in (DRAFTS, SttRequest()):
        _, mistakes = checked(Segment(0, 2, "One."), Segment(2, 3, "tw", final=False), spec=LIVE, request=request)
        assert mistakes == [mistake]


def test_an_empty_partial_result_withdraws_the_last_one() -> None:
    found, mistakes = checked(Segment(0, 1, "hm", final=False), Segment(0, 1, "", final=False), spec=LIVE, request=DRAFTS)
    assert [each.text for each in found] == ["hm", ""]
    assert not mistakes


def test_partial_results_of_what_is_known_are_left_out() -> None:
    request = SttRequest(partials=True, after=2)
    found, mistakes = checked(
        Segment(0, 2, "one", final=False), Segment(2, 3, "tw", final=False), Segment(2, 4, "Two."), spec=LIVE, request=request
    )
    assert [each.text for each in found] == ["tw", "Two."]
    assert not mistakes


WORDS = (Word(0, 1.5, " one "), Word(1, 9, "two"), Word(float("nan"), float("nan"), "three"))


def test_words_lie_in_their_segment() -> None:
    [segment], mistakes = checked(Segment(1, 2, "one two three", WORDS), words=True)
    assert [(each.start, each.end, each.text) for each in segment.words] == [(1, 1.5, "one"), (1, 2, "two"), (1, 1, "three")]
    assert mistakes == ["returned words outside their segment"]


def test_words_that_were_not_requested_are_dropped() -> None:
    [segment], mistakes = checked(Segment(1, 2, "one two three", WORDS))
    assert segment.words == ()
    assert not mistakes


@pytest.mark.parametrize(("named", "found"), [("en", "en"), ("English", "en"), ("yue", "yue"), ("klingon", None), ("", None), (7, None)])
def test_a_language_is_its_code_or_none(named: Any, found: str | None) -> None:
    [segment], mistakes = checked(Segment(0, 1, "text", language=named))
    assert segment.language == found
    assert mistakes == ([f"returned the unknown language {named!r}"] if named and not found else [])


@given(st.lists(st.tuples(st.floats(), st.floats(), st.lists(st.tuples(st.floats(), st.floats()), max_size=3)), max_size=8))
def test_whatever_the_times_are_they_come_out_in_order(segments: Any) -> None:
    given_segments = [Segment(start, end, "x", tuple(Word(first, last, "w") for first, last in words)) for start, end, words in segments]
    found, _ = checked(*given_segments, words=True)
    assert len(found) == len(segments)
    assert [each.start for each in found] == sorted(each.start for each in found)
    for each in found:
        starts = [each.start, *(word.start for word in each.words), each.end]
        assert starts == sorted(starts)
        assert all(word.start <= word.end <= each.end for word in each.words)


@pytest.mark.parametrize(
    ("segment", "problem"),
    [
        ("text", "returned a str instead of a Segment"),
        (None, "returned None instead of a Segment"),
        (Segment(0, 1, None), "returned a segment whose text is None instead of a str"),  # type: ignore[arg-type]
        (Segment(0, 1, "one", ("one",)), "returned a str instead of a Word"),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_segment_is_refused(segment: Any, problem: str) -> None:
    with pytest.raises(TypeError) as caught:
        checked(segment, words=True)
    assert str(caught.value) == problem
