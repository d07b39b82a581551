"""Speech from Python: the flow of ``voicebridge tts``, over text and documents.

::

    import voicebridge

    voicebridge.speak("Good morning.", to="morning.wav")

    with voicebridge.load_voice("joe") as voice:
        for chunk in voice.speak("It is half past seven.", speed=1.2):
            play(chunk.samples, chunk.sample_rate)
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, overload

from voicebridge.api.host import registry
from voicebridge.api.sound import check_process
from voicebridge.capabilities import require
from voicebridge.errors import InputError, UsageError
from voicebridge.options import Layer
from voicebridge.pipeline.reading import Reading
from voicebridge.pipeline.speak import timed, utterances, voicing
from voicebridge.sinks.claim import Existing
from voicebridge.speaking import Reader, find_reader
from voicebridge.speech import AudioChunk
from voicebridge.text.document import Document, read_document, read_text
from voicebridge.text.pieces import Piece

Text = str | os.PathLike[str]
"""A text, or the path of a document."""


class TtsModel:
    """A loaded text-to-speech model with a voice; a context manager that frees it. May be used by several threads at once."""

    def __init__(self, reader: Reader) -> None:
        """Load it; see :func:`load_voice`."""
        self._reader = reader
        self._engine = reader.load()
        self._loaded_in = os.getpid()

    @property
    def name(self) -> str:
        """The full name, ``plugin/model``."""
        return self._reader.model.full_name

    def speak(self, text: Text, **request: Any) -> Iterator[AudioChunk]:
        """Yield sound as soon as it is made; closing the iterator stops the work.

        Args:
            text: what to speak: a string, or the path of a document.
            request: ``language``, ``speed`` and ``seed``. What is left out comes from the configuration.

        Raises:
            InputError: when the document can't be read, or there is nothing in it that can be spoken.
            NotSupportedError: when the model can't do what is asked.
        """
        reader = self._asked(request)
        document = _document(text, reader.language)
        yield from timed(
            chunk for each in utterances(_pieces(reader, document), voicing(self._engine, reader.request)) for chunk in each.sound
        )

    def save(self, text: Text, to: str | os.PathLike[str], **request: Any) -> Path:
        """Speak into a sound file, whole or not at all, in place of what is there; its ending tells the format.

        Takes what :meth:`speak` takes.

        Raises:
            OutputError: when the file can't be written.
            VoiceBridgeError: as :meth:`speak` does.
        """
        from voicebridge.audio.sound_file import SOUND_FORMATS, Tags

        reader, target = self._asked(request), Path(to)
        document = _document(text, reader.language)
        file_format = target.suffix.removeprefix(".").lower()
        if file_format not in SOUND_FORMATS:
            raise UsageError(f"{target} doesn't tell the format. End its name with one of .{', .'.join(SOUND_FORMATS)}.")
        tags = Tags(
            title=document.title, artist=document.author, language=reader.language or document.language,
            year=document.year, genre=document.genre, series=document.series, cover=document.cover,
        )  # fmt: skip
        with Reading(target, file_format, tags, reader.belongs, Existing.OVERWRITE) as reading:
            for _ in reading.record(_pieces(reader, document), lambda: voicing(self._engine, reader.request), _nobody):
                pass
        return target

    def close(self) -> None:
        """Free the model; in a process that was forked from the one that loaded it, this does nothing."""
        if self._loaded_in == os.getpid():
            self._engine.close()

    def __enter__(self) -> TtsModel:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _asked(self, request: Mapping[str, Any]) -> Reader:
        check_process(self._loaded_in)
        reader = replace(self._reader, request=replace(self._reader.request, **request))
        require(reader.model, reader.request.capabilities, reader.request.language, reader.registry.tts_models())
        return reader


def load_voice(
    voice: str | None = None,
    *,
    model: str | None = None,
    options: Mapping[str, object] | None = None,
    profile: str | None = None,
) -> TtsModel:
    """Load a text-to-speech model under the user's configuration.

    Args:
        voice: a name as ``voicebridge voices`` lists it; without one the configured one, or the model's own choice.
        model: a name as ``voicebridge models`` lists it; without one the one that has the voice, the configured or a light one.
        options: the engine's options, above those of the configuration.
        profile: a profile of the configuration.

    Raises:
        VoiceBridgeError: when a name, an option or the configuration is wrong, or the model can't be loaded.
    """
    layers = [Layer("options", options)] if options else []
    return TtsModel(find_reader(registry(profile), model=model, voice=voice, asked={}, layers=layers))


@overload
def speak(
    text: Text,
    *,
    to: None = None,
    voice: str | None = None,
    model: str | None = None,
    options: Mapping[str, object] | None = None,
    **request: Any,
) -> Iterator[AudioChunk]: ...


@overload
def speak(
    text: Text,
    *,
    to: str | os.PathLike[str],
    voice: str | None = None,
    model: str | None = None,
    options: Mapping[str, object] | None = None,
    **request: Any,
) -> Path: ...


def speak(
    text: Text,
    *,
    to: str | os.PathLike[str] | None = None,
    voice: str | None = None,
    model: str | None = None,
    options: Mapping[str, object] | None = None,
    **request: Any,
) -> Iterator[AudioChunk] | Path:
    """Speak one text; loads the model for it alone, so use :func:`load_voice` for several.

    Args:
        text: what to speak: a string, or the path of a document.
        to: a sound file to write; its path is returned. Without it the sound is: an iterator of chunks, as they are made.
        voice: see :func:`load_voice`.
        model: see :func:`load_voice`.
        options: see :func:`load_voice`.
        request: what :meth:`TtsModel.speak` takes.

    Example::

        voicebridge.speak(Path("article.md"), to="article.m4b", voice="joe")
    """
    if to is None:
        return _stream(lambda: load_voice(voice, model=model, options=options), text, request)
    with load_voice(voice, model=model, options=options) as loaded:
        return loaded.save(text, to, **request)


def _stream(load: Callable[[], TtsModel], text: Text, request: Mapping[str, Any]) -> Iterator[AudioChunk]:
    with load() as loaded:
        yield from loaded.speak(text, **request)


def _document(text: Text, language: str | None) -> Document:
    return read_text(text) if isinstance(text, str) else read_document(Path(text), language)


def _pieces(reader: Reader, document: Document) -> Iterator[Piece]:
    pieces = reader.pieces(document)
    first = next(pieces, None)
    if first is None:
        raise InputError("There is nothing in this text that can be spoken. It needs letters or digits.")
    yield first
    yield from pieces


def _nobody(_: Piece) -> None:
    pass
