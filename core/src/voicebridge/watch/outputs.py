"""Create outputs without a batch of recordings: a document's audio, and copies for a file with known content."""

from __future__ import annotations

import shutil
from contextlib import ExitStack, closing
from pathlib import Path
from threading import Event

from voicebridge.audio.tags import Tags
from voicebridge.documents.read import read_document
from voicebridge.engines.source import Engines
from voicebridge.errors import cannot_write
from voicebridge.files.atomic import fitting, settle
from voicebridge.files.claim import Existing
from voicebridge.iterators import closed_after
from voicebridge.stt.job import Stopped
from voicebridge.tts.choose import SpeechSetup
from voicebridge.tts.sound_job import SoundFileJob
from voicebridge.tts.text.pieces import Piece
from voicebridge.tts.utterances import Voicing, voicing
from voicebridge.watch.decide import FileJob


def read_aloud(job: FileJob, reader: SpeechSetup, engines: Engines, stopping: Event) -> None:
    """Speak a document into its audio file.

    Raises:
        Stopped: if it was stopped; the next process continues.
        VoiceBridgeError: if it fails.
        OSError: if the document can't be read.
    """
    document = read_document(job.path, reader.language, reader.readers)
    pieces = reader.pieces(document, str(job.path), source=job.path)
    [(sound_format, target)] = job.where.targets
    target.parent.mkdir(parents=True, exist_ok=True)
    title = document.title or job.path.stem
    tags = Tags(
        title, document.author, title, reader.language or document.language, f"Spoken by {reader.model.full_name}",
        document.year, document.genre, document.series, document.cover,
    )  # fmt: skip
    fingerprint = {**reader.fingerprint, "text": job.hash}
    with ExitStack() as stack:
        reading = stack.enter_context(SoundFileJob(target, sound_format, tags, fingerprint, job.where.existing or Existing.REFUSE))

        def load() -> Voicing:
            engine = stack.enter_context(closing(engines.tts(reader.model, reader.options)))
            return voicing(engine, reader.request)

        with closed_after(reading.record(pieces, load, _ignore)) as sound:
            for _ in sound:
                if stopping.is_set():
                    raise Stopped


def copy(job: FileJob) -> None:
    """Copy the outputs of another file with the same content.

    Raises:
        OutputError: if they can't be written.
    """
    sources = {Path(output.path).suffix: Path(output.path) for output in job.like}
    for _, target in job.where.targets:
        temporary = target.with_name(fitting(f".{target.name}", ".voicebridge-new"))
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(sources[target.suffix], temporary)
            settle(temporary, target)
        except OSError as error:
            raise cannot_write(target, error) from error


def _ignore(piece: Piece) -> None:
    """Progress of a reading is not reported."""
