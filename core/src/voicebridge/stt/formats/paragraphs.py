"""Where the paragraphs of a transcript start, for formats that are read like a document."""

from __future__ import annotations

from voicebridge.speech import Segment

_PAUSE = 2.0
"""Seconds."""
_LONG = 600
"""Characters."""


class TranscriptParagraphs:
    """A paragraph ends with the speaker's turn, at a pause of two seconds, or after the first sentence that makes it long."""

    def __init__(self) -> None:
        """Nothing has been written yet."""
        self._last: Segment | None = None
        self._length = 0

    def begin(self, segment: Segment, text: str) -> bool:
        """Whether a paragraph starts with a segment; to be called for each one that is written.

        Args:
            segment: the next one.
            text: as it is written.
        """
        starts = self._starts(segment)
        self._length = len(text) + (0 if starts else self._length)
        self._last = segment
        return starts

    def _starts(self, segment: Segment) -> bool:
        last = self._last
        if last is None or last.speaker != segment.speaker or segment.start - last.end >= _PAUSE:
            return True
        return self._length >= _LONG and last.text.rstrip("\"'”’»)」").endswith((".", "!", "?", "…", "。", "！", "？"))  # noqa: RUF001
