"""One text on its way into a sound file: spoken piece by piece, kept when it is interrupted, gone on with."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import chain
from pathlib import Path
from types import TracebackType

import numpy as np

from voicebridge.audio.pcm import from_pcm, to_pcm
from voicebridge.audio.sound_file import SoundWriter, Tags, open_sound
from voicebridge.audio.spool import Spool
from voicebridge.audio.trim import Samples
from voicebridge.pipeline.speak import Gap, Utterance, Voicing, no_sound, utterances
from voicebridge.sinks.claim import Existing
from voicebridge.sinks.files import cannot_write, fitting, settle
from voicebridge.sinks.spoken_log import Spoken, SpokenLog
from voicebridge.speech import AudioChunk
from voicebridge.text.pieces import Piece


class Reading:
    """One sound file to be.

    What is spoken goes into a spool beside it, and at the same time into the file under a hidden name. The spool outlives the process,
    and a run that goes on fills a new file from it (docs/adr/0016-speaking.md).
    """

    def __init__(self, target: Path, file_format: str, tags: Tags, belongs: Mapping[str, object], existing: Existing) -> None:
        """Claim the file.

        Args:
            target: the file to be.
            file_format: one of :data:`voicebridge.audio.sound_file.SOUND_FORMATS`.
            tags: what the file says of itself.
            belongs: what decides over the sound, each under a name that a user knows: only a run with the same may go on.
            existing: what becomes of a file that is there already.

        Raises:
            OutputError: when another run has the file, it can't be written, or what is there must not be replaced or gone on with.
        """
        self._target, self._format, self._tags = target, file_format, tags
        self._log = SpokenLog(target, belongs, existing)
        self._temporary = target.with_name(fitting(f".{target.name}", ".voicebridge-new"))
        self._spool_path = target.with_name(fitting(f".{target.name}", ".voicebridge-sound"))
        self._spool: Spool | None = None
        self._writer: SoundWriter | None = None
        self._gap: Gap | None = None
        self._done = False  # once nothing is ours any more

    @property
    def count(self) -> int:
        """How many pieces have been spoken."""
        return len(self._log.spoken)

    @property
    def position(self) -> float:
        """Seconds of sound so far."""
        return self._spool.samples / self._log.rate if self._spool and self._log.rate else 0.0

    def record(self, pieces: Iterable[Piece], load: Callable[[], Voicing], on_piece: Callable[[Piece], None]) -> Iterator[AudioChunk]:
        """Speak what has not been spoken yet, and write all of it; the file is in its place when the iterator has come to its end.

        Args:
            pieces: the whole text.
            load: gives what speaks; called when there is something left to speak.
            on_piece: told of every piece that is done, those of an earlier run included.

        Yields:
            The new sound, chunk by chunk, as it is made and after it was written.

        Raises:
            OutputError: when something can't be written; what was spoken is kept.
            VoiceBridgeError: what the model raises; what was spoken is kept.
        """
        rest = self._take_over(iter(pieces), on_piece)
        first = next(rest, None)
        if first is not None:
            for utterance in utterances(chain([first], rest), load(), self._gap):
                yield from self._write(utterance)
                on_piece(utterance.piece)
        self._finish()

    def close(self) -> None:
        """Let go of everything; what was spoken stays for a run that goes on."""
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

    def __enter__(self) -> Reading:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _take_over(self, pieces: Iterator[Piece], on_piece: Callable[[Piece], None]) -> Iterator[Piece]:
        """Write what an earlier run spoke of the same pieces into the new file, and give the other pieces."""
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
                self._gap = Gap(piece.pause, entry.quiet)
            end = entry.end
            on_piece(piece)
        spool.cut(end)  # a piece that was begun and not finished
        return pieces

    def _write(self, utterance: Utterance) -> Iterator[AudioChunk]:
        chapter = utterance.piece.chapter
        for chunk in utterance.sound:
            writer, spool = self._opened(chunk.sample_rate)
            if chapter is not None:
                writer.chapter(chapter)
                chapter = None
            kept = from_pcm(to_pcm(chunk.samples))  # what a run that goes on would have: the encoders take more than 16 bits
            spool.append(kept)
            writer.write(kept)
            yield chunk
        if self._spool is not None:
            quiet = utterance.gap.filled if utterance.gap else 0
            self._log.add(Spoken(_digest(utterance.piece), self._spool.samples, quiet))

    def _opened(self, rate: int) -> tuple[SoundWriter, Spool]:
        writer = self._writer or self._open(rate)
        if self._spool is None:
            self._log.begin_sound(rate)
            with suppress(OSError):
                self._spool_path.unlink()  # of a run whose log is gone
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
    """Sound that is read block by block and taken by length."""

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
