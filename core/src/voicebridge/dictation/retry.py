"""Transcribe a recording of the journal again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

from voicebridge.audio.decode import AudioReader
from voicebridge.dictation.choose import LazyModel
from voicebridge.dictation.finish import finish
from voicebridge.errors import InputError, UsageError, VoiceBridgeError
from voicebridge.filters.filtering import FilterProblems, TextFilters
from voicebridge.journal.history import RECORDING, Entry, History
from voicebridge.runtime.settings import DictationSettings
from voicebridge.stt.transcribe import Transcription


def retry(
    history: History,
    entry: Entry,
    lazy_model: LazyModel,
    settings: DictationSettings,
    filters: TextFilters,
    warn: Callable[[str], None],
) -> str:
    """Transcribe a recording again, filter the text, and save it in the journal.

    Args:
        history: the journal with the recording.
        entry: the recording.
        lazy_model: the model.
        settings: how dictated words are written.
        filters: those of dictation.
        warn: called with problems of filters.

    Raises:
        VoiceBridgeError: if the recording was deleted, or the model fails; this is saved too.
    """
    if entry.state == RECORDING:
        raise UsageError(f"{entry.id} is still being recorded. Stop the recording first.")
    if not entry.audio.exists():
        raise InputError(f"The recording of {entry.id} was deleted. Its text, if any: voicebridge history show {entry.id}")
    ear = lazy_model.open()
    try:
        engine = ear.engine.result()
        with AudioReader(entry.audio) as reader, closing(reader.chunks(ear.sample_rate)) as audio:
            heard = Transcription(engine, ear.model, audio, ear.request)
            segments = list(heard)
    except VoiceBridgeError as error:
        history.failed(entry.id, str(error))
        raise
    filtering = filters.begin(FilterProblems(warn), source=entry.audio)
    utterances = [segment.text for segment in segments]
    text = finish(utterances, segments, lazy_model.text_language(heard.heard.language), settings, filtering).strip()
    history.transcribed(entry.id, text, ear.model)
    return text
