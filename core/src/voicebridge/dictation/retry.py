"""Transcribing a recording of the journal again."""

from __future__ import annotations

from contextlib import closing

from voicebridge.audio.decode import AudioReader
from voicebridge.dictation.ear import Ears
from voicebridge.dictation.style import style_of
from voicebridge.errors import InputError, UsageError, VoiceBridgeError
from voicebridge.journal.store import RECORDING, Entry, Journal
from voicebridge.pipeline.transcribe import Transcription
from voicebridge.settings import DictationSettings
from voicebridge.text.dictated.compose import compose


def retry(journal: Journal, entry: Entry, ears: Ears, settings: DictationSettings) -> str:
    """The text of a recording, heard anew and noted in the journal.

    Raises:
        VoiceBridgeError: when the recording was deleted, or the model fails; that is noted too.
    """
    if entry.state == RECORDING:
        raise UsageError(f"{entry.id} is being recorded. Stop that first.")
    if not entry.audio.exists():
        raise InputError(f"The recording of {entry.id} was deleted. Its text, if it has one: voicebridge history show {entry.id}")
    ear = ears.open()
    try:
        engine = ear.engine.result()
        with AudioReader(entry.audio) as reader, closing(reader.chunks(ear.sample_rate)) as audio:
            heard = Transcription(engine, ear.model, audio, ear.request)
            utterances = [segment.text for segment in heard]
    except VoiceBridgeError as error:
        journal.failed(entry.id, str(error))
        raise
    text = compose(utterances, style_of(settings, ears.language or heard.heard.language)).strip()
    journal.transcribed(entry.id, text, ear.model)
    return text
