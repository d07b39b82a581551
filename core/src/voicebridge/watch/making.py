"""Makes the outputs of a file where no batch of recordings does: a document's sound, and what a file of the same content has already."""

from __future__ import annotations

import shutil
from contextlib import ExitStack, closing
from itertools import chain
from pathlib import Path
from threading import Event

from voicebridge.audio.sound_file import Tags
from voicebridge.engines.serving import Engines
from voicebridge.errors import InputError, ModelError, cannot_write
from voicebridge.iterators import closed_after
from voicebridge.pipeline.reading import Reading
from voicebridge.pipeline.recording import Stopped
from voicebridge.pipeline.speak import Voicing, voicing
from voicebridge.sinks.claim import Existing
from voicebridge.sinks.files import fitting, settle
from voicebridge.speaking import Reader
from voicebridge.text.document import read_document
from voicebridge.text.pieces import Piece
from voicebridge.watch.decide import Job


def read_aloud(job: Job, reader: Reader, engines: Engines, stopping: Event) -> None:
    """Speak a document into its sound file.

    Raises:
        Stopped: when it was told to stop; the next process goes on.
        VoiceBridgeError: when it can't be done.
        OSError: when the document can't be read.
    """
    document = read_document(job.path, reader.language)
    pieces = reader.pieces(document)
    first = next(pieces, None)
    if first is None:
        raise InputError(f"There is nothing in {job.path} that can be spoken. It needs letters or digits.")
    [(sound_format, target)] = job.where.targets
    target.parent.mkdir(parents=True, exist_ok=True)
    title = document.title or job.path.stem
    tags = Tags(
        title, document.author, title, reader.language or document.language, f"Spoken by {reader.model.full_name}",
        document.year, document.genre, document.series, document.cover,
    )  # fmt: skip
    belongs = {**reader.belongs, "text": job.hash}
    with ExitStack() as stack:
        reading = stack.enter_context(Reading(target, sound_format, tags, belongs, job.where.existing or Existing.REFUSE))

        def load() -> Voicing:
            engine = stack.enter_context(closing(engines.tts(reader.model, reader.options)))
            return voicing(engine, reader.request)

        with reader.model.blamed(ModelError), closed_after(reading.record(chain([first], pieces), load, _ignore)) as sound:
            for _ in sound:
                if stopping.is_set():
                    raise Stopped


def copy(job: Job) -> None:
    """Give a file the outputs of another one with the same content.

    Raises:
        OutputError: when they can't be written.
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
    """Nobody asked how far a reading is."""
