"""Cuts endless audio into pieces that Whisper can take: at most 16 s of speech each, cut at pauses, with silence left out.

Speech is where Silero's probability rises above a threshold, until it has stayed below a lower one for a while. Neighbouring
stretches of speech are packed into one piece, since words are understood from those around them; a piece remembers where each of its
stretches was in the recording.
"""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from voicebridge import AudioChunk, InputError

from voicebridge_whisper.options import WhisperOptions
from voicebridge_whisper.vad import FRAME, SAMPLE_RATE, SpeechProbability

MAX_PIECE = 16 * SAMPLE_RATE
"""Samples. Whisper's window would hold 30 s, but what encoder and decoder cost grows faster than the length; at 10 s, words get lost."""
MAX_FIRST_PIECE = 10 * SAMPLE_RATE
"""Samples: the first piece is shorter, so that the first words show soon."""
_LONG_SILENCE = 5 * SAMPLE_RATE
"""After a silence of this many samples the piece is not kept waiting for more speech."""
_ONSET = int(0.1 * SAMPLE_RATE)
"""Samples by which a soft onset may come before the network is sure of speech."""
_LONG_PAUSE = SAMPLE_RATE
"""Samples of silence after which somebody else may speak, in another language."""
_HYSTERESIS = 0.15
"""Speech ends where its probability falls this far below the threshold at which it begins."""

_IMPOSSIBLE = 2.0**32
"""No sample is so large, whatever numbers it is written in; with much more, its energy would not be a number."""

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Stretch:
    """Where some speech stands in the recording: samples from ``start`` to ``end``."""

    start: int
    end: int
    voice: int = 0
    """Where the speech itself begins, after the margin before it."""
    silence: int = sys.maxsize
    """Where it ends, and the margin after it begins."""


@dataclass
class Piece:
    """What is transcribed at one go."""

    samples: Samples
    """``float32[n]``, 16 kHz, at most 16 s: the stretches one after another."""
    stretches: list[Stretch] = field(default_factory=list)

    @property
    def duration(self) -> float:
        """Seconds of audio in the piece."""
        return len(self.samples) / SAMPLE_RATE

    def time_at(self, seconds: float, *, end: bool = False) -> float:
        """Where a moment of the piece is in the recording (s); ``end`` tells which side a seam between stretches belongs to."""
        index, position, seams = self._place(seconds)
        if end and index > 0 and position == seams[index]:
            index -= 1
        return float(self.stretches[index].start + position - seams[index]) / SAMPLE_RATE

    def begin_of(self, start: float, end: float) -> float:
        """Where a word begins in the recording (s), given where it begins and ends in the piece.

        Alignment often gives the pause before a word to it; none begins in the margins around speech.
        """
        index, position, seams = self._place(start)
        stretch = self.stretches[index]
        moment = stretch.start + position - seams[index]
        if moment >= stretch.silence and index + 1 < len(self.stretches) and end * SAMPLE_RATE > seams[index + 1]:
            stretch = self.stretches[index + 1]
            moment = stretch.start
        return float(max(moment, stretch.voice - _ONSET)) / SAMPLE_RATE

    def _place(self, seconds: float) -> tuple[int, float, npt.NDArray[np.int64]]:
        # (which stretch, samples from the beginning of the piece, where each stretch begins in it)
        position = min(max(seconds, 0.0), self.duration) * SAMPLE_RATE
        seams = np.cumsum([0, *(stretch.end - stretch.start for stretch in self.stretches)])
        return min(max(bisect_right(seams, position) - 1, 0), len(self.stretches) - 1), position, seams


@dataclass
class _Speech:
    """A stretch of speech that has begun and not yet ended."""

    start: int
    frames: list[tuple[float, int]]
    """(probability, position) of each of its frames."""
    quiet_since: int | None = None
    """Where it fell silent, unless it has gone on since."""


class Segmenter:
    """Cuts one recording; memory does not grow with its length. Positions are samples from the recording's start."""

    def __init__(self, options: WhisperOptions) -> None:
        """Nothing has been heard yet."""
        self._probability = SpeechProbability() if options.vad else _everything_is_speech
        self._threshold = options.vad_threshold
        self._lower_threshold = max(options.vad_threshold - _HYSTERESIS, 0.01)
        self._min_silence = int(options.vad_min_silence * SAMPLE_RATE)
        self._min_speech = int(options.vad_min_speech * SAMPLE_RATE)
        self._pad = int(options.vad_pad * SAMPLE_RATE)
        self._begun = False
        self._buffer = np.zeros(0, np.float32)
        self._origin = 0  # where the buffer begins
        self._position = 0  # up to where frames have been judged
        self._floor = 0  # where the last piece ended
        self._most = MAX_PIECE
        self._long_silence = _LONG_PAUSE if options.multilingual else _LONG_SILENCE
        self._longest = MAX_FIRST_PIECE
        self._speech: _Speech | None = None
        self._stretches: list[Stretch] = []  # without their pads, waiting to be a piece

    def keep_to(self, seconds: float) -> None:
        """Give no pieces that are longer, from the next one on."""
        self._most = int(min(MAX_PIECE, seconds * SAMPLE_RATE))
        self._longest = min(self._longest, self._most)

    def feed(self, chunk: AudioChunk) -> Iterator[Piece]:
        """Yield the pieces that are complete with this chunk.

        Raises:
            InputError: when the chunk is not at 16 kHz.
        """
        if chunk.sample_rate != SAMPLE_RATE:
            raise InputError(f"Whisper takes audio at {SAMPLE_RATE} Hz and was given {chunk.sample_rate} Hz. Resample it first.")
        if not self._begun:
            self._begun = True
            self._origin = self._position = self._floor = round(chunk.start * SAMPLE_RATE)
        yield from self._hear(_possible(chunk.samples.astype(np.float32, copy=False)))

    def finish(self) -> Iterator[Piece]:
        """Yield what is left when there is no more audio."""
        heard = self._origin + len(self._buffer)
        if heard > self._position:
            yield from self._hear(np.zeros(-(heard - self._position) % FRAME, np.float32))
            self._buffer = self._buffer[: heard - self._origin]
        if self._speech is not None:
            end = heard if self._speech.quiet_since is None else self._speech.quiet_since
            yield from self._close_stretch(self._speech, end)
        yield from self._emit(ceiling=heard)

    def _hear(self, samples: Samples) -> Iterator[Piece]:
        self._buffer = np.concatenate([self._buffer, samples])
        pending = self._buffer[self._position - self._origin :]
        whole = len(pending) - len(pending) % FRAME
        for probability in self._probability(pending[:whole].reshape(-1, FRAME)):
            yield from self._judge(float(probability))
            self._position += FRAME
        self._forget()

    def _judge(self, probability: float) -> Iterator[Piece]:
        position, speech = self._position, self._speech
        if speech is None:
            if probability >= self._threshold:
                self._speech = _Speech(position, [(probability, position)])
            elif self._stretches and position - self._stretches[-1].end > self._long_silence:
                yield from self._emit(ceiling=position)
            return
        speech.frames.append((probability, position))
        if probability >= self._threshold:
            speech.quiet_since = None
        elif probability < self._lower_threshold and speech.quiet_since is None:
            speech.quiet_since = position
        if speech.quiet_since is not None and position + FRAME - speech.quiet_since >= self._min_silence:
            yield from self._close_stretch(speech, speech.quiet_since)
            self._speech = None
        elif position + 2 * FRAME - speech.start > self._longest - 2 * self._pad:
            yield from self._cut_within(speech)

    def _cut_within(self, speech: _Speech) -> Iterator[Piece]:
        # Nobody paused for breath: cut where speech is least likely, and go on from there.
        earliest = max(self._position - self._longest // 2, speech.start + FRAME)
        place = min(frame for frame in speech.frames if frame[1] >= earliest)[1]
        yield from self._close_stretch(speech, place)
        rest = [frame for frame in speech.frames if frame[1] >= place]
        quiet_since = None if speech.quiet_since is None else max(speech.quiet_since, place)
        self._speech = _Speech(place, rest, quiet_since)

    def _close_stretch(self, speech: _Speech, end: int) -> Iterator[Piece]:
        if end - speech.start < self._min_speech:
            return
        stretch = Stretch(speech.start, end)
        padded = self._padded([*self._stretches, stretch], ceiling=end + self._pad)
        if self._stretches and sum(each.end - each.start for each in padded) > self._longest:
            yield from self._emit(ceiling=(self._stretches[-1].end + stretch.start) // 2)
        self._stretches.append(stretch)

    def _emit(self, ceiling: int) -> Iterator[Piece]:
        if not self._stretches:
            return
        padded = self._padded(self._stretches, ceiling)
        joined = [self._buffer[s.start - self._origin : s.end - self._origin] for s in padded]
        self._stretches = []
        self._floor = padded[-1].end
        self._longest = self._most
        yield Piece(np.concatenate(joined), padded)

    def _padded(self, stretches: list[Stretch], ceiling: int) -> list[Stretch]:
        # Each stretch gets the pad before and after it, but neighbours share the pause between them.
        padded: list[Stretch] = []
        floor = self._floor
        for stretch, following in zip(stretches, [*stretches[1:], None], strict=True):
            limit = ceiling if following is None else (stretch.end + following.start) // 2
            begin, end = max(stretch.start - self._pad, floor), min(stretch.end + self._pad, max(limit, stretch.end))
            padded.append(Stretch(begin, end, stretch.start, stretch.end))
            floor = padded[-1].end
        return padded

    def _forget(self) -> None:
        # Keep what a stretch, waiting or still to come, may reach back to.
        needed = [self._position, *(stretch.start for stretch in self._stretches[:1])]
        if self._speech is not None:
            needed.append(self._speech.start)
        keep = min(needed) - self._pad
        if keep - self._origin > SAMPLE_RATE:
            self._buffer = self._buffer[keep - self._origin :].copy()
            self._origin = keep


def _possible(samples: Samples) -> Samples:
    # One that is no number would make all that the network hears from there on no number either, as though the weights were damaged.
    usable = np.abs(samples) < _IMPOSSIBLE
    return samples if usable.all() else np.where(usable, samples, np.float32(0.0))


def _everything_is_speech(frames: Samples) -> Samples:
    return np.ones(len(frames), np.float32)
