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
import warnings
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeAlias

from voicebridge.api.host import registry
from voicebridge.capabilities import require
from voicebridge.options import Layer
from voicebridge.pipeline.transcribe import Transcription
from voicebridge.registry import Registry
from voicebridge.speech import AudioChunk, Segment, Transcript

if TYPE_CHECKING:
    import numpy.typing as npt

    Sound: TypeAlias = "str | os.PathLike[str] | npt.NDArray[Any]"


class SttModel:
    """A loaded speech-to-text model; a context manager that frees it. May be used by several threads at once."""

    def __init__(self, registry: Registry, name: str | None, options: Mapping[str, object]) -> None:
        """Find and load a model; see :func:`load_model`."""
        self._registry = registry
        self._model = registry.stt(name)
        overrides = [Layer("options", options)] if options else []
        self._engine = registry.load_stt(self._model, overrides)

    @property
    def name(self) -> str:
        """The full name, ``plugin/model``."""
        return self._model.full_name

    def transcribe(self, audio: Sound, **request: Any) -> Transcript:
        """Transcribe to the end; takes what :meth:`stream` takes."""
        with closing(self._chunks(audio, request.pop("sample_rate", 16_000))) as chunks:
            job = self._job(chunks, request)
            segments = tuple(job)
            return Transcript(segments, job.heard.duration, job.heard.model, job.heard.language)

    def stream(self, audio: Sound, **request: Any) -> Iterator[Segment]:
        """Yield segments as they are ready; closing the iterator stops the work.

        Args:
            audio: a file that FFmpeg's libraries can decode, or an array ``float32[n]`` or ``float32[n, channels]``.
            request: ``sample_rate`` of an array (Hz, 16000 unless given), and the fields of :class:`voicebridge.SttRequest`:
                ``language``, ``translate``, ``words``, ``prompt``, ``hotwords``. What is left out comes from the configuration.

        Warns of a recording that turns out to be damaged, after the last segment that could be heard.

        Raises:
            InputError: when the audio can't be read.
            NotSupportedError: when the model can't do what is asked.
        """
        with closing(self._chunks(audio, request.pop("sample_rate", 16_000))) as chunks:
            yield from self._job(chunks, request)

    def close(self) -> None:
        """Free the model."""
        self._engine.close()

    def __enter__(self) -> SttModel:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _job(self, chunks: Iterator[AudioChunk], request: Mapping[str, Any]) -> Transcription:
        asked = self._registry.config.settings.stt.request(request)
        require(self._model, asked.capabilities, asked.language, self._registry.stt_models())
        return Transcription(self._engine, self._model.full_name, chunks, asked)

    def _chunks(self, audio: Sound, sample_rate: int) -> Generator[AudioChunk, None, None]:
        rate = self._model.spec.sample_rate
        if isinstance(audio, str | os.PathLike):
            from voicebridge.audio.decode import AudioReader

            with AudioReader(Path(audio)) as reader:
                yield from reader.chunks(rate)
                if reader.damage:
                    warnings.warn(reader.damage, stacklevel=2)
        else:
            from voicebridge.audio.resample import chunks_of

            yield from chunks_of(audio, sample_rate, rate)


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
