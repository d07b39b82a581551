"""Transcribe audio: chunks in, segments out."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import TYPE_CHECKING

from voicebridge.audio.opened import OnHeard, Undecoded, metered
from voicebridge.iterators import closed_after
from voicebridge.speech import AudioChunk, Segment, SttRequest, TranscriptInfo

if TYPE_CHECKING:
    from voicebridge.ports import SpeechToText


class Transcription:
    """The transcription of one recording by one engine; iterate over it for the segments."""

    def __init__(
        self,
        engine: SpeechToText,
        model: str,
        audio: Iterable[AudioChunk] | Undecoded,
        request: SttRequest,
        on_heard: OnHeard | None = None,
        *,
        start: float = 0.0,
        on_taken: OnHeard | None = None,
    ) -> None:
        """Prepare; the work starts when the first segment is requested.

        Args:
            engine: a loaded model.
            model: its full name, for messages and for the transcript.
            audio: chunks at the model's sample rate, or a recording that its engine decodes itself.
            request: the request for the engine.
            on_heard: called with the progress.
            start: start of the audio within the recording (s).
            on_taken: called when the engine consumes audio, whether or not it yields text; an exception ends the work.
        """
        self._engine = engine
        self._model = model
        self._audio = audio
        self._request = request
        self._on_heard = on_heard
        self._start = start
        self._on_taken = on_taken
        self._language = request.language
        self._duration = 0.0

    def __iter__(self) -> Generator[Segment, None, None]:
        """Yield the final segments and, if requested, drafts; an empty draft withdraws the last one.

        Raises:
            InputError: if the recording can't be decoded.
            VoiceBridgeError: if the engine fails.
        """
        with closed_after(self._begin()) as segments:
            for segment in segments:
                if not segment.final:
                    if self._request.partials:
                        yield segment
                    continue
                self._language = self._language or segment.language
                if segment.text:
                    yield segment
                    if self._on_heard:  # after the segment is saved, so that an interruption doesn't report more than was saved
                        self._on_heard(segment.end)

    @property
    def heard(self) -> TranscriptInfo:
        """The information about the recording so far."""
        return TranscriptInfo(self._duration, self._language, self._model, self._request.task, self._start)

    def _begin(self) -> Iterable[Segment]:
        if isinstance(self._audio, Undecoded):
            return self._audio.transcribe(self._request, self._note)
        from voicebridge.audio.condition import conditioned  # imports numpy, which is not needed if the daemon decodes the recording

        return self._engine.transcribe(metered(conditioned(self._audio), self._note), self._request)

    def _note(self, position: float) -> None:
        self._duration = position - self._start
        if self._on_taken:
            self._on_taken(position)
