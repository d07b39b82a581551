"""Runs of filters: the order, what each is given, and what becomes of those that fail."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from voicebridge import Segment, SttRequest
from voicebridge.extension_ports import TextContext
from voicebridge.filters.filtering import BEFORE, FilterError, Filtering, FilterProblems, ReadyFilter, TextFilters
from voicebridge.speech import Word

Apply = Callable[[str, TextContext], str]


def begin(*applied: Apply, told: list[str] | None = None, **more: object) -> Filtering:
    """A run of filters that are named 0, 1 …"""
    filters = tuple(ReadyFilter(str(number), apply) for number, apply in enumerate(applied))
    problems = FilterProblems((told if told is not None else []).append)
    return TextFilters("transcript", filters, "work").begin(problems, **more)  # type: ignore[arg-type]


def fail(text: str, context: TextContext) -> str:
    raise FilterError("The filter broke.")


def test_each_filter_is_given_the_result_of_the_previous_one() -> None:
    assert begin(lambda text, _: f"{text}a", lambda text, _: f"{text}b").text("x") == "xab"


def test_a_text_without_words_is_not_filtered() -> None:
    filtering = begin(lambda text, _: "words")
    assert [filtering.text(text) for text in ("", "  ", "\n", " x")] == ["", "  ", "\n", " words"]


def test_a_filter_that_fails_is_reported_once_and_not_called_again() -> None:
    calls: list[str] = []
    told: list[str] = []

    def count(text: str, context: TextContext) -> str:
        calls.append(text)
        return fail(text, context)

    filtering = begin(count, lambda text, _: text.upper(), told=told)
    assert [filtering.text(text) for text in ("one", "two")] == ["ONE", "TWO"]
    assert (calls, told, filtering.failed) == (["one"], ["The filter broke. The unfiltered text is used."], ["0"])


def test_a_filter_that_has_nothing_for_one_text_is_called_for_the_next() -> None:
    told: list[str] = []

    def drop(text: str, context: TextContext) -> str:
        if text == "um":
            raise FilterError("The filter returned nothing.", is_lasting=False)
        return text.upper()

    filtering = begin(drop, told=told)
    assert [filtering.text(text) for text in ("um", "one", "um")] == ["um", "ONE", "um"]
    assert len(told) == 1


def test_recordings_of_a_run_share_their_reports_but_not_their_failures() -> None:
    told: list[str] = []
    problems, filters = FilterProblems(told.append), TextFilters("transcript", (ReadyFilter("0", fail),))
    assert [filters.begin(problems).text(text) for text in ("one", "two")] == ["one", "two"]
    assert len(told) == 1


def test_a_resumed_run_leaves_out_what_had_failed() -> None:
    assert begin(lambda text, _: text.upper(), failed=["0"]).text("one") == "one"


def test_the_context_has_what_is_known() -> None:
    seen: list[TextContext] = []

    def see(text: str, context: TextContext) -> str:
        seen.append(context)
        return text.upper()

    filtering = begin(see, before="Once.")
    first, second = Segment(0, 1, "one", language="de"), Segment(1, 2, "two")
    for segment in (first, second):
        filtering.segment(segment, SttRequest(language="en"))
    filtering.follow("x" * 2 * BEFORE)
    filtering.segment(Segment(2, 3, "drei", language="de"), SttRequest(translate=True))
    assert [context.before for context in seen] == ["Once.", "Once. ONE", "x" * BEFORE]
    assert [context.language for context in seen] == ["de", "en", "en"]
    assert [context.segments for context in seen[:2]] == [(first,), (second,)]
    assert {(context.stage, context.profile) for context in seen} == {("transcript", "work")}


def test_of_a_segment_only_the_text_changes() -> None:
    words = (Word(0.0, 1.0, "one"),)
    segment = Segment(0.0, 1.0, "one", words, "Anna", "en", avg_logprob=-0.1)
    found = begin(lambda text, _: f" {text}\n\n two \r\n").segment(segment, SttRequest())
    assert found == Segment(0.0, 1.0, "one  two", words, "Anna", "en", avg_logprob=-0.1)


def test_a_draft_is_not_filtered() -> None:
    draft = Segment(0.0, 1.0, "one", final=False)
    assert begin(lambda text, _: text.upper()).segment(draft, SttRequest()) is draft


@pytest.mark.parametrize("text", ["", " ", "text"])
def test_without_filters_nothing_changes(text: str) -> None:
    segment = Segment(0.0, 1.0, text)
    assert begin().segment(segment, SttRequest()) is segment
    assert begin().text(text) == text
