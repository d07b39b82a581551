"""The flow from sound to text: chunks go in, final segments come out."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import TYPE_CHECKING

from voicebridge.audio.opened import OnHeard, Undecoded, metered
from voicebridge.errors import PluginError, VoiceBridgeError
from voicebridge.iterators import closed_after
from voicebridge.sinks.formats import Heard
from voicebridge.speech import AudioChunk, Segment, SttRequest

if TYPE_CHECKING:
    from voicebridge.ports import SpeechToText


class Transcription:
    """One recording on its way through one engine; iterate over it for its final segments."""

    def __init__(
        self,
        engine: SpeechToText,
        model: str,
        audio: Iterable[AudioChunk] | Undecoded,
        request: SttRequest,
        on_heard: OnHeard | None = None,
        *,
        start: float = 0.0,
    ) -> None:
        """Prepare; the work starts with the first segment asked for.

        Args:
            engine: a loaded model.
            model: its full name, for messages and for the transcript.
            audio: chunks at the rate that the model takes, or a recording that its engine decodes itself.
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
            with closed_after(self._begin()) as segments:
                for segment in segments:
                    self._language = self._language or segment.language
                    if segment.final and segment.text:
                        yield segment
                        if self._on_heard:  # only once it is kept, so that an interruption leaves what was told
                            self._on_heard(segment.end)
        except (VoiceBridgeError, OSError):
            raise
        except Exception as error:
            what = f"{type(error).__name__}: {error}".rstrip(": ")
            raise PluginError(f"{self._model} failed in a way that it should not: {what}. Tell the makers of its plugin.") from error

    @property
    def heard(self) -> Heard:
        """What is known of the recording so far."""
        task = "translate" if self._request.translate else "transcribe"
        return Heard(self._duration, self._language, self._model, task, self._start)

    def _begin(self) -> Iterable[Segment]:
        if isinstance(self._audio, Undecoded):
            return self._audio.transcribe(self._request, self._note)
        from voicebridge.audio.condition import conditioned  # with numpy, which a recording that the daemon decodes doesn't need

        return self._engine.transcribe(metered(conditioned(self._audio), self._note), self._request)

    def _note(self, position: float) -> None:
        self._duration = position - self._start
