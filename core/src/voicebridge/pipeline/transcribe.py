"""The flow from sound to text: chunks go in, final segments come out."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import replace

from voicebridge.errors import PluginError, VoiceBridgeError
from voicebridge.iterators import closed_after
from voicebridge.ports import SpeechToText
from voicebridge.sinks.formats import Heard
from voicebridge.speech import AudioChunk, Segment, SttRequest

OnHeard = Callable[[float], None]
"""Told up to where (s) the engine has taken in the recording."""


class Transcription:
    """One recording on its way through one engine; iterate over it for its final segments."""

    def __init__(
        self,
        engine: SpeechToText,
        model: str,
        audio: Iterable[AudioChunk],
        request: SttRequest,
        on_heard: OnHeard | None = None,
        *,
        start: float = 0.0,
    ) -> None:
        """Prepare; the work starts with the first segment asked for.

        Args:
            engine: a loaded model.
            model: its full name, for messages and for the transcript.
            audio: chunks at the rate that the model takes.
            request: what is asked of the engine.
            on_heard: told about progress.
            start: where in the recording the audio was asked to begin (s).
        """
        self._engine = engine
        self._model = model
        self._audio = audio
        self._request = request
        self._on_heard = on_heard
        self._start = start
        self._language = request.language
        self._duration = 0.0

    def __iter__(self) -> Generator[Segment, None, None]:
        """Yield the final segments.

        Raises:
            InputError: when the recording can't be decoded.
            ModelError: when the engine fails.
            PluginError: when the engine fails in a way that it should not.
        """
        try:
            with closed_after(self._engine.transcribe(self._metered(), self._request)) as segments:
                for segment in segments:
                    self._language = self._language or segment.language
                    if segment.final and segment.text:
                        yield segment
        except (VoiceBridgeError, OSError):
            raise
        except Exception as error:
            what = f"{type(error).__name__}: {error}".rstrip(": ")
            raise PluginError(f"{self._model} failed in a way that it should not: {what}. Tell the makers of its plugin.") from error

    @property
    def heard(self) -> Heard:
        """What is known of the recording so far."""
        task = "translate" if self._request.translate else "transcribe"
        return Heard(self._duration, self._language, self._model, task)

    def _metered(self) -> Iterator[AudioChunk]:
        from voicebridge.audio.condition import Conditioner  # numpy, which whoever only asks for a transcription need not have

        conditioner: Conditioner | None = None
        for chunk in self._audio:
            conditioner = conditioner or Conditioner(chunk.sample_rate)
            yield replace(chunk, samples=conditioner.feed(chunk.samples))
            # Told when the engine asks for more: it has then taken this chunk in.
            position = chunk.start + chunk.duration
            self._duration = position - self._start
            if self._on_heard:
                self._on_heard(position)
