"""Transcription from Python: the flow of ``voicebridge stt``, over a path or an array.

::

    import voicebridge

    print(voicebridge.transcribe("talk.mp4").text)

    with voicebridge.load_model("whisper/base", options={"beam_size": 1}) as model:
        for segment in model.stream("talk.mp4", language="en"):
            print(segment.start, segment.text)
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any

from voicebridge.api.host import registry
from voicebridge.api.sound import check_process, check_wishes, chunks
from voicebridge.capabilities import require
from voicebridge.options import Layer
from voicebridge.pipeline.transcribe import Transcription
from voicebridge.registry import Registry
from voicebridge.speech import Segment, Transcript

if TYPE_CHECKING:
    from voicebridge.api.sound import Sound


class SttModel:
    """A loaded speech-to-text model; a context manager that frees it. May be used by several threads at once."""

    def __init__(self, registry: Registry, name: str | None, options: Mapping[str, object]) -> None:
        """Find and load a model; see :func:`load_model`."""
        self._registry = registry
        self._model = registry.stt(name)
        overrides = [Layer("options", options)] if options else []
        self._engine = registry.load_stt(self._model, overrides)
        self._loaded_in = os.getpid()

    @property
    def name(self) -> str:
        """The full name, ``plugin/model``."""
        return self._model.full_name

    def transcribe(self, audio: Sound, **request: Any) -> Transcript:
        """Transcribe to the end; takes what :meth:`stream` takes."""
        with self._job(audio, request) as job:
            segments = tuple(job)
            return Transcript(segments, job.heard.duration, job.heard.model, job.heard.language)

    def stream(self, audio: Sound, **request: Any) -> Iterator[Segment]:
        """Yield segments as they are ready; closing the iterator stops the work.

        Args:
            audio: a recording that FFmpeg's libraries can decode, as a path, an open binary file or bytes; or an array ``float32[n]`` or
                ``float32[n, channels]`` in [-1, 1], or of integers of up to 32 bits. Samples that are no numbers count as silence.
            request: ``sample_rate`` of an array (Hz, 16000 unless given), and the fields of :class:`voicebridge.SttRequest`:
                ``language``, ``translate``, ``words``, ``prompt``, ``hotwords``. What is left out comes from the configuration.

        Warns of a recording that turns out to be damaged, after the last segment that could be heard.

        Raises:
            InputError: when the audio can't be read, or is none.
            ModelError: when the engine fails, or the process has forked since the model was loaded.
            NotSupportedError: when the model can't do what is asked.
        """
        with self._job(audio, request) as job:
            yield from job

    def close(self) -> None:
        """Free the model; in a process that was forked from the one that loaded it, this does nothing."""
        if self._loaded_in == os.getpid():
            self._engine.close()

    def __enter__(self) -> SttModel:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @contextmanager
    def _job(self, audio: Sound, request: Mapping[str, Any]) -> Generator[Transcription, None, None]:
        check_process(self._loaded_in)
        wishes = check_wishes(request)
        sound = chunks(audio, wishes.pop("sample_rate", 16_000), self._model.spec.sample_rate)
        asked = self._registry.config.settings.stt.request(wishes)
        require(self._model, asked.capabilities, asked.language, self._registry.stt_models())
        with closing(sound):
            yield Transcription(self._engine, self._model.full_name, sound, asked)


def load_model(model: str | None = None, *, options: Mapping[str, object] | None = None, profile: str | None = None) -> SttModel:
    """Load a speech-to-text model under the user's configuration.

    Args:
        model: a name as ``voicebridge models`` lists it; without one the configured or the best local model.
        options: the engine's options, above those of the configuration.
        profile: a profile of the configuration.

    Raises:
        VoiceBridgeError: when the name, an option or the configuration is wrong, or the model can't be loaded.
    """
    return SttModel(registry(profile), model, options or {})


def transcribe(audio: Sound, *, model: str | None = None, options: Mapping[str, object] | None = None, **request: Any) -> Transcript:
    """Transcribe one recording; loads the model for it alone, so use :func:`load_model` for several.

    Takes what :func:`load_model` and :meth:`SttModel.stream` take.

    Example::

        transcript = voicebridge.transcribe("talk.mp4", model="whisper/base", language="en", words=True)
    """
    with load_model(model, options=options) as loaded:
        return loaded.transcribe(audio, **request)


def stream(audio: Sound, *, model: str | None = None, options: Mapping[str, object] | None = None, **request: Any) -> Iterator[Segment]:
    """Like :func:`transcribe`, but yield the segments as they are ready."""
    with load_model(model, options=options) as loaded:
        yield from loaded.stream(audio, **request)
