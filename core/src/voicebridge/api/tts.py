"""Speech in Python: like ``voicebridge tts``, for texts and documents.

::

    import voicebridge

    voicebridge.save_speech("Good morning.", "morning.wav")

    with voicebridge.load_voice("joe") as voice:
        for chunk in voice.speak("It is half past seven.", speed=1.2):
            play(chunk.samples, chunk.sample_rate)
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from voicebridge.api.model import ReadyModel
from voicebridge.api.progress import reporting
from voicebridge.blocks import Document
from voicebridge.documents.read import read_document, read_text
from voicebridge.errors import UsageError
from voicebridge.files.claim import Existing
from voicebridge.options import Layer
from voicebridge.runtime.capabilities import require
from voicebridge.runtime.events import emit
from voicebridge.runtime.load import registry
from voicebridge.speech import AudioChunk
from voicebridge.tts.choose import SpeechSetup, choose
from voicebridge.tts.sound_job import SoundFileJob
from voicebridge.tts.text.pieces import Piece
from voicebridge.tts.utterances import timed, utterances, voicing

if TYPE_CHECKING:
    from voicebridge.api.progress import Progress

Text = str | os.PathLike[str]
"""A text, or the path of a document."""


class TtsModel(ReadyModel):
    """A loaded text-to-speech model with a voice: a context manager that frees the model, usable from several threads at once."""

    def __init__(self, reader: SpeechSetup, *, daemon: bool) -> None:
        """Load it unless the daemon has it; see :func:`load_voice`."""
        super().__init__(reader.model.full_name, daemon=daemon and reader.model.is_local())
        self._reader = reader
        self._engine = self._engines.tts(reader.model, reader.options)

    def speak(
        self, text: Text, *, language: str | None = None, speed: float | None = None, seed: int | None = None
    ) -> Iterator[AudioChunk]:
        """Yield audio as soon as it is synthesised; closing the iterator stops the work.

        Arguments that are ``None`` come from the configuration.

        Args:
            text: the text to speak: a string, or the path of a document.
            language: ISO 639-1 code of the text.
            speed: 1 is the voice's natural rate, 2 twice as fast.
            seed: makes the reading reproducible, if the model supports it.

        Raises:
            InputError: if the document can't be read, or contains nothing to speak.
            NotSupportedError: if the model doesn't support the request.
        """
        reader = self._asked(language=language, speed=speed, seed=seed)
        document = _document(text, reader)
        pieces = reader.pieces(document, source=_path(text))
        yield from timed(chunk for each in utterances(pieces, voicing(self._engine, reader.request)) for chunk in each.sound)

    def save(
        self,
        text: Text,
        to: str | os.PathLike[str],
        *,
        language: str | None = None,
        speed: float | None = None,
        seed: int | None = None,
        progress: bool | Progress = False,
    ) -> Path:
        """Write the speech to an audio file atomically, replacing an existing one, and return its path.

        Args:
            text: see :meth:`speak`.
            to: the file; its extension determines the format.
            language: see :meth:`speak`.
            speed: see :meth:`speak`.
            seed: see :meth:`speak`.
            progress: called with the characters spoken so far, and ``None``; ``True`` shows the progress bar of tqdm.

        Raises:
            OutputError: if the file can't be written.
            VoiceBridgeError: like :meth:`speak`.
        """
        from voicebridge.audio.sound_file import SOUND_FORMATS
        from voicebridge.audio.tags import Tags

        reader, target = self._asked(language=language, speed=speed, seed=seed), Path(to)
        document = _document(text, reader)
        file_format = target.suffix.removeprefix(".").lower()
        if file_format not in SOUND_FORMATS:
            raise UsageError(f"{target} has no known audio extension. End its name with one of .{', .'.join(SOUND_FORMATS)}.")
        pieces = reader.pieces(document, source=_path(text))
        tags = Tags(
            title=document.title, artist=document.author, language=reader.language or document.language,
            year=document.year, genre=document.genre, series=document.series, cover=document.cover,
        )  # fmt: skip
        with (
            reporting(progress, " characters") as report,
            SoundFileJob(target, file_format, tags, reader.fingerprint, Existing.OVERWRITE) as reading,
        ):
            for _ in reading.record(pieces, lambda: voicing(self._engine, reader.request), _spoken(report)):
                pass
        source = None if isinstance(text, str) else os.fspath(text)
        emit("speech.written", document=source, file=str(target), model=self._name)
        return target

    def _asked(self, **asked: Any) -> SpeechSetup:
        self._check_process()
        given = {name: value for name, value in asked.items() if value is not None}
        reader = replace(self._reader, request=replace(self._reader.request, **given))
        require(reader.model, reader.request.capabilities, reader.request.language, reader.registry.tts_models())
        return reader


def load_voice(
    voice: str | None = None,
    *,
    model: str | None = None,
    options: Mapping[str, object] | None = None,
    profile: str | None = None,
    daemon: bool = True,
    filters: bool = True,
) -> TtsModel:
    """Load a text-to-speech model with the user's configuration, or use the one loaded by the daemon.

    Args:
        voice: a name from ``voicebridge voices``; by default, the configured voice or the model's default.
        model: a name from ``voicebridge models``; by default, the one with the voice, the configured or a lightweight model.
        options: engine options, which override the configuration.
        profile: a profile of the configuration.
        daemon: whether to use a running daemon; see :func:`voicebridge.load_model`.
        filters: whether the text filters of the configuration and of plugins run.

    Raises:
        VoiceBridgeError: if a name, an option or the configuration is invalid, or the model can't be loaded.
    """
    layers = [Layer("options", options)] if options else []
    reader = choose(registry(profile), model=model, voice=voice, asked={}, layers=layers, filters=filters)
    return TtsModel(reader, daemon=daemon)


@overload
def speak(
    text: Text,
    *,
    to: None = None,
    voice: str | None = None,
    model: str | None = None,
    options: Mapping[str, object] | None = None,
    profile: str | None = None,
    daemon: bool = True,
    filters: bool = True,
    language: str | None = None,
    speed: float | None = None,
    seed: int | None = None,
) -> Iterator[AudioChunk]: ...


@overload
def speak(
    text: Text,
    *,
    to: str | os.PathLike[str],
    voice: str | None = None,
    model: str | None = None,
    options: Mapping[str, object] | None = None,
    profile: str | None = None,
    daemon: bool = True,
    filters: bool = True,
    language: str | None = None,
    speed: float | None = None,
    seed: int | None = None,
) -> Path: ...


def speak(
    text: Text,
    *,
    to: str | os.PathLike[str] | None = None,
    voice: str | None = None,
    model: str | None = None,
    options: Mapping[str, object] | None = None,
    profile: str | None = None,
    daemon: bool = True,
    filters: bool = True,
    language: str | None = None,
    speed: float | None = None,
    seed: int | None = None,
) -> Iterator[AudioChunk] | Path:
    """Speak one text: yield audio as soon as it is synthesised.

    Unless the daemon has the model, it is loaded each time; use :func:`load_voice` for several texts.

    Args:
        text: the text to speak: a string, or the path of a document.
        to: the old way to write a file; use :func:`save_speech`.
        voice: see :func:`load_voice`.
        model: see :func:`load_voice`.
        options: see :func:`load_voice`.
        profile: see :func:`load_voice`.
        daemon: see :func:`load_voice`.
        filters: see :func:`load_voice`.
        language: see :meth:`TtsModel.speak`.
        speed: see :meth:`TtsModel.speak`.
        seed: see :meth:`TtsModel.speak`.
    """
    load = partial(load_voice, voice, model=model, options=options, profile=profile, daemon=daemon, filters=filters)
    if to is None:
        return _stream(load, text, language=language, speed=speed, seed=seed)
    warnings.warn("speak(to=...) is now save_speech(text, path).", DeprecationWarning, stacklevel=2)
    with load() as loaded:
        return loaded.save(text, to, language=language, speed=speed, seed=seed)


def save_speech(
    text: Text,
    to: str | os.PathLike[str],
    *,
    voice: str | None = None,
    model: str | None = None,
    options: Mapping[str, object] | None = None,
    profile: str | None = None,
    daemon: bool = True,
    filters: bool = True,
    language: str | None = None,
    speed: float | None = None,
    seed: int | None = None,
    progress: bool | Progress = False,
) -> Path:
    """Write the speech of one text to an audio file, replacing an existing one, and return its path.

    Takes the arguments of :func:`load_voice` and :meth:`TtsModel.save`.

    Example::

        voicebridge.save_speech(Path("article.md"), "article.m4b", voice="joe")
    """
    with load_voice(voice, model=model, options=options, profile=profile, daemon=daemon, filters=filters) as loaded:
        return loaded.save(text, to, language=language, speed=speed, seed=seed, progress=progress)


def _stream(load: Callable[[], TtsModel], text: Text, **asked: Any) -> Iterator[AudioChunk]:
    with load() as loaded:
        yield from loaded.speak(text, **asked)


def _path(text: Text) -> Path | None:
    return None if isinstance(text, str) else Path(text)


def _document(text: Text, reader: SpeechSetup) -> Document:
    return read_text(text) if isinstance(text, str) else read_document(Path(text), reader.language, reader.readers)


def _spoken(report: Progress | None) -> Callable[[Piece], None]:
    done = 0

    def spoken(piece: Piece) -> None:
        nonlocal done
        done += len(piece.text)
        if report:
            report(done, None)

    return spoken
