"""Turn a text into an audio file: passage by passage, resumable after an interruption."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import chain
from pathlib import Path
from types import TracebackType

import numpy as np

from voicebridge.audio.pcm import from_pcm, to_pcm
from voicebridge.audio.sound_file import SoundWriter, open_sound
from voicebridge.audio.spool import Spool
from voicebridge.audio.tags import Tags
from voicebridge.audio.trim import Samples
from voicebridge.files.atomic import cannot_write, fitting, settle
from voicebridge.files.claim import Existing
from voicebridge.speech import AudioChunk
from voicebridge.tts.piece_log import LoggedPiece, SpokenLog
from voicebridge.tts.text.pieces import Piece
from voicebridge.tts.utterances import Pause, Utterance, Voicing, no_sound, utterances


class SoundFileJob:
    """An audio file to be written.

    Audio is written to a spool next to it, and at the same time to the file under a hidden name. The spool survives the process, and a
    resumed run fills a new file from it (docs/adr/0016-speaking.md).
    """

    def __init__(self, target: Path, file_format: str, tags: Tags, fingerprint: Mapping[str, object], existing: Existing) -> None:
        """Lock the file.

        Args:
            target: the output file.
            file_format: one of :data:`voicebridge.audio.sound_file.SOUND_FORMATS`.
            tags: the file's metadata.
            fingerprint: everything that determines the audio, under user-visible names: only a run with the same values can resume.
            existing: what to do with an existing file.

        Raises:
            OutputError: if another run has locked the file, it can't be written, or an existing one must not be replaced or resumed.
        """
        self._target, self._format, self._tags = target, file_format, tags
        self._log = SpokenLog(target, fingerprint, existing)
        self._temporary = target.with_name(fitting(f".{target.name}", ".voicebridge-new"))
        self._spool_path = target.with_name(fitting(f".{target.name}", ".voicebridge-sound"))
        self._spool: Spool | None = None
        self._writer: SoundWriter | None = None
        self._gap: Pause | None = None
        self._done = False  # when the lock has been released

    @property
    def count(self) -> int:
        """The number of finished passages."""
        return len(self._log.spoken)

    @property
    def position(self) -> float:
        """Seconds of audio so far."""
        return self._spool.samples / self._log.rate if self._spool and self._log.rate else 0.0

    def record(self, pieces: Iterable[Piece], load: Callable[[], Voicing], on_piece: Callable[[Piece], None]) -> Iterator[AudioChunk]:
        """Speak the remaining passages, and write the whole file; it is complete when the iterator has ended.

        Args:
            pieces: all passages.
            load: returns the engine; called if there are passages to speak.
            on_piece: called with every finished passage, including those of an earlier run.

        Yields:
            The new audio, chunk by chunk, after it was written.

        Raises:
            OutputError: if something can't be written; finished passages are kept.
            VoiceBridgeError: errors of the model; finished passages are kept.
        """
        rest = self._take_over(iter(pieces), on_piece)
        first = next(rest, None)
        if first is not None:
            for utterance in utterances(chain([first], rest), load(), self._gap):
                yield from self._write(utterance)
                on_piece(utterance.piece)
        self._finish()

    def close(self) -> None:
        """Release everything; finished passages are kept for a resumed run."""
        if self._writer is not None:
            self._writer.abort()
            self._writer = None
        with suppress(OSError):
            self._temporary.unlink(missing_ok=True)
        if self._spool is not None:
            if self._log.spoken:
                self._spool.close()
            else:
                self._spool.remove()
            self._spool = None
        if not self._done:
            self._log.release()
            self._done = True

    def __enter__(self) -> SoundFileJob:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _take_over(self, pieces: Iterator[Piece], on_piece: Callable[[Piece], None]) -> Iterator[Piece]:
        """Write an earlier run's audio of the same passages to the new file, and yield the other passages."""
        spoken = list(self._log.spoken)
        if not spoken or self._log.rate is None:
            return pieces
        spool = self._spool = Spool(self._spool_path, self._log.rate, target=self._target)
        writer = self._open(self._log.rate)
        tape = _Tape(spool.read())
        end = 0
        for place, entry in enumerate(spoken):
            piece = next(pieces, None)
            if piece is None or entry.digest != _digest(piece) or entry.end > spool.samples:
                self._log.keep(place)
                spool.cut(end)
                return pieces if piece is None else chain([piece], pieces)
            if piece.chapter is not None:
                writer.chapter(piece.chapter)
            for samples in tape.take(entry.end - end):
                writer.write(samples)
            if entry.end > end:
                self._gap = Pause(piece.pause, entry.quiet)
            end = entry.end
            on_piece(piece)
        spool.cut(end)  # an unfinished passage
        return pieces

    def _write(self, utterance: Utterance) -> Iterator[AudioChunk]:
        chapter = utterance.piece.chapter
        for chunk in utterance.sound:
            writer, spool = self._opened(chunk.sample_rate)
            if chapter is not None:
                writer.chapter(chapter)
                chapter = None
            kept = from_pcm(to_pcm(chunk.samples))  # the same samples as in a resumed run: the encoders accept more than 16 bits
            spool.append(kept)
            writer.write(kept)
            yield chunk
        if self._spool is not None:
            quiet = utterance.gap.filled if utterance.gap else 0
            self._log.add(LoggedPiece(_digest(utterance.piece), self._spool.samples, quiet))

    def _opened(self, rate: int) -> tuple[SoundWriter, Spool]:
        writer = self._writer or self._open(rate)
        if self._spool is None:
            self._log.begin_sound(rate)
            with suppress(OSError):
                self._spool_path.unlink()  # of a run whose log was lost
            self._spool = Spool(self._spool_path, rate, target=self._target)
        return writer, self._spool

    def _open(self, rate: int) -> SoundWriter:
        self._writer = open_sound(self._temporary, self._format, rate, self._tags, target=self._target)
        return self._writer

    def _finish(self) -> None:
        if self._writer is None or self._spool is None:
            raise no_sound()
        self._writer.close()
        self._writer = None
        try:
            settle(self._temporary, self._target)
        except OSError as error:
            raise cannot_write(self._target, error) from error
        self._spool.remove()
        self._spool = None
        self._log.remove()
        self._done = True


class _Tape:
    """Audio that is read in blocks and consumed by length."""

    def __init__(self, blocks: Iterator[Samples]) -> None:
        self._blocks = blocks
        self._rest = np.zeros(0, np.float32)

    def take(self, samples: int) -> Iterator[Samples]:
        while samples:
            if not len(self._rest):
                self._rest = next(self._blocks)
            taken, self._rest = self._rest[:samples], self._rest[samples:]
            samples -= len(taken)
            yield taken


def _digest(piece: Piece) -> str:
    speakers = [(line.speaker, line.voice, len(line)) for line in piece.lines]
    return hashlib.sha256(f"{piece.text}\0{piece.chapter or ''}\0{speakers}".encode()).hexdigest()[:16]
