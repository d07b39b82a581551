"""Check and normalise the segments that a speech-to-text engine returns."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

from voicebridge import languages
from voicebridge.specs import SttSpec
from voicebridge.speech import Segment, SttRequest, Word

_ROUNDING = 0.02
"""Seconds by which times may be out of order without a warning, because of rounding."""


class SegmentCheck:
    """Checks the segments of one transcription, in order.

    Text is never lost: impossible times are replaced by the nearest possible ones, other invalid fields are dropped, and each kind of
    mistake is reported once.
    """

    def __init__(self, report: Callable[[str], None], spec: SttSpec, request: SttRequest) -> None:
        """Prepare.

        Args:
            report: called once for each kind of mistake with a description such as ``returned segments out of order``.
            spec: the engine's descriptor.
            request: the request to the engine.
        """
        self._once, self._spec, self._request = cache(report), spec, request
        self._start = 0.0  # of the last final segment
        self._end = 0.0  # the latest end of a final segment
        self._is_draft = False  # whether the last segment was one

    def checked(self, segment: object) -> Segment | None:
        """Return the segment with plain floats, times in order, and stripped text on one line; ``None`` for a draft that nobody needs.

        Raises:
            TypeError: if it isn't a segment with text, with a description such as ``returned a list instead of a Segment``.
        """
        if not isinstance(segment, Segment):
            raise TypeError(f"returned {_kind(segment)} instead of a Segment")
        if not isinstance(segment.text, str):
            raise TypeError(f"returned a segment whose text is {_kind(segment.text)} instead of a str")
        if not segment.final and not self._spec.partials:
            self._once("returned segments with final=False, which were left out, because its SttSpec has no partials=True")
            return None
        start, end = self._times(segment.start, segment.end) if segment.final else self._draft_times(segment.start, segment.end)
        self._is_draft = not segment.final and bool(segment.text.strip())
        if segment.final:
            self._start, self._end = start, max(self._end, end)
        elif not self._request.partials or end <= self._request.after:
            return None
        return Segment(
            start,
            end,
            " ".join(line.strip() for line in segment.text.strip().splitlines()),
            tuple(self._timed(segment.words, start, end)) if self._request.words else (),
            speaker=None if segment.speaker is None else str(segment.speaker),
            language=self._language(segment.language),
            final=bool(segment.final),
            avg_logprob=_number(segment.avg_logprob),
            no_speech_prob=_number(segment.no_speech_prob),
        )

    def finish(self) -> None:
        """The engine has yielded everything: report a draft that no final segment has replaced."""
        if self._is_draft:
            self._once("returned a segment with final=False at the end, which was left out, because no final segment followed")

    def _draft_times(self, start: object, end: object) -> tuple[float, float]:
        """The times of a draft, which begins after what is final."""
        first, last = self._times(start, end)
        if first < self._end - _ROUNDING:
            self._once("returned a segment with final=False that begins before the end of the last final segment")
        first = max(first, self._end)
        return first, max(first, last)

    def _times(self, start: object, end: object) -> tuple[float, float]:
        first, last = _number(start), _number(end)
        if first is None or last is None:
            self._once("returned a segment with invalid times")
        elif first < self._start - _ROUNDING:
            self._once("returned segments out of order")
        elif last < first - _ROUNDING:
            self._once("returned a segment that ends before it starts")
        first = self._start if first is None else max(first, self._start)
        return first, first if last is None else max(last, first)

    def _timed(self, words: Iterable[Any], start: float, end: float) -> Iterator[Word]:
        at = start
        for word in words:
            if not (isinstance(word, Word) and isinstance(word.text, str)):
                raise TypeError(f"returned {_kind(word)} instead of a Word")
            first, last = _number(word.start), _number(word.end)
            if first is None or last is None or first < start - _ROUNDING or last > end + _ROUNDING or last < first - _ROUNDING:
                self._once("returned words outside their segment")
            first = min(max(at if first is None else first, at), end)
            at, last = first, min(max(first if last is None else last, first), end)
            yield Word(first, last, word.text.strip(), _number(word.probability))

    def _language(self, language: object) -> str | None:
        if not language:
            return None
        if isinstance(language, str):
            code = language if languages.is_code(language) else languages.meant(language)
            if code is not None:
                return code
        self._once(f"returned the unknown language {language!r}")
        return None


def _number(value: Any) -> float | None:
    """The value as a float, numpy numbers included; None if it isn't a finite number."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _kind(value: object) -> str:
    name = "None" if value is None else type(value).__name__
    return name if value is None else f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"
