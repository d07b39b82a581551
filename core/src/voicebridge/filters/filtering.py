"""Apply text filters one after another, text by text; a filter that fails is reported once and costs nothing but its change."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock

from voicebridge.errors import VoiceBridgeError
from voicebridge.extension_ports import TextContext
from voicebridge.ports import Window
from voicebridge.speech import Segment, SttRequest

log = logging.getLogger(__name__)

BEFORE = 1000
"""Maximum characters of :attr:`TextContext.before`."""


class FilterError(VoiceBridgeError):
    """A filter has no result for a text. The message never contains any of the text."""

    def __init__(self, message: str, *, is_lasting: bool = True) -> None:
        """``is_lasting`` is whether the filter is not called again for the same recording or document."""
        super().__init__(message)
        self.is_lasting = is_lasting


@dataclass(frozen=True, slots=True)
class ReadyFilter:
    """A filter that can be called from any thread, and ends in time."""

    name: str
    """Identifies it and what it does, such as ``plugin/name``."""
    apply: Callable[[str, TextContext], str]
    """Returns the text to use instead, which is not blank.

    Raises:
        FilterError: if it has none.
    """


class FilterProblems:
    """Reports the first problem of each filter in a run; can be called from any thread."""

    def __init__(self, tell: Callable[[str], object] = log.warning) -> None:
        """Report to ``tell``, in one line each; by default, log them."""
        self._tell = tell
        self._told: set[str] = set()
        self._lock = Lock()

    def add(self, name: str, message: str) -> None:
        """A problem of the filter with that name."""
        with self._lock:
            if name in self._told:
                return
            self._told.add(name)
        self._tell(message)


@dataclass(frozen=True, slots=True)
class TextFilters:
    """The filters of a stage, in the order in which they run."""

    stage: str
    """One of :data:`voicebridge.extensions.STAGES`."""
    filters: tuple[ReadyFilter, ...] = ()
    profile: str | None = None
    """The active profile of the configuration."""

    @property
    def names(self) -> list[str]:
        """Identifies what they do, for resuming."""
        return [each.name for each in self.filters]

    def begin(
        self,
        problems: FilterProblems,
        *,
        source: Path | None = None,
        window: Window | None = None,
        before: str = "",
        failed: Iterable[str] = (),
    ) -> Filtering:
        """Begin a recording, dictation or document.

        Args:
            problems: receives the problems of filters.
            source: its file, if any.
            window: that the text goes to, if known.
            before: the text before its first one.
            failed: the names of filters that failed in an earlier run, which is resumed.
        """
        context = TextContext(stage=self.stage, window=window, before=before[-BEFORE:], source=source, profile=self.profile)
        return Filtering(self.filters, context, problems, failed)


class Filtering:
    """Filters the texts of one recording, dictation or document, in their order."""

    def __init__(self, filters: Sequence[ReadyFilter], context: TextContext, problems: FilterProblems, failed: Iterable[str] = ()) -> None:
        """See :meth:`TextFilters.begin`."""
        self._filters, self._context, self._problems = filters, context, problems
        self._failed = set(failed)

    @property
    def failed(self) -> list[str]:
        """The names of filters that are not called any more."""
        return sorted(self._failed)

    def text(self, text: str, language: str | None = None, segments: Sequence[Segment] = ()) -> str:
        """The filtered text; spaces at its start are kept, and not passed to filters.

        Args:
            text: the next text.
            language: its ISO 639-1 code, if known.
            segments: that it was recognised as.
        """
        start = len(text) - len(text.lstrip(" "))
        found = bare = text[start:]
        if bare.strip():
            context = replace(self._context, language=language, segments=tuple(segments))
            for each in self._filters:
                if each.name not in self._failed:
                    found = self._apply(each, found, context)
        return text[:start] + found

    def segment(self, segment: Segment, request: SttRequest) -> Segment:
        """The segment with filtered text, on one line; its times, speaker and words don't change. A draft is returned unchanged.

        Args:
            segment: the next segment of a transcript.
            request: that it is a result of.
        """
        if not self._filters or not segment.final:
            return segment
        text = self.text(segment.text, request.text_language(segment.language), (segment,))
        found = replace(segment, text=" ".join(line.strip() for line in text.strip().splitlines()))
        self.follow(found.text)
        return found

    def follow(self, text: str) -> None:
        """Later texts come after this one."""
        if self._filters and text:
            self._context = replace(self._context, before=f"{self._context.before} {text}".strip()[-BEFORE:])

    def _apply(self, each: ReadyFilter, text: str, context: TextContext) -> str:
        try:
            return each.apply(text, context)
        except FilterError as error:
            if error.is_lasting:
                self._failed.add(each.name)
            self._problems.add(each.name, f"{error} The unfiltered text is used.")
            return text
