"""Cuts endless audio into pieces that Whisper can take: at most 30 s of speech each, cut at pauses, with silence left out.

Speech is where Silero's probability rises above a threshold, until it has stayed below a lower one for a while. Neighbouring
stretches of speech are packed into one piece, since Whisper's encoder takes as long for a word as for 30 s; a piece remembers where
each of its stretches was in the recording.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from voicebridge import AudioChunk, InputError
from voicebridge_whisper.options import WhisperOptions
from voicebridge_whisper.vad import FRAME, SAMPLE_RATE, SpeechProbability

MAX_PIECE = 30 * SAMPLE_RATE
"""Samples: the window of every Whisper model."""
_LOOK_BACK = 10 * SAMPLE_RATE
"""Where speech goes on for too long without a pause, it is cut at its least likely frame within this many samples."""
_LONG_SILENCE = 5 * SAMPLE_RATE
"""After a silence of this many samples the piece is not kept waiting for more speech."""
_HYSTERESIS = 0.15
"""Speech ends where its probability falls this far below the threshold at which it begins."""

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Stretch:
    """Where some speech stands in the recording: samples from ``start`` to ``end``."""

    start: int
    end: int


@dataclass
class Piece:
    """What is transcribed at one go."""

    samples: Samples
    """``float32[n]``, 16 kHz, at most 30 s: the stretches one after another."""
    stretches: list[Stretch] = field(default_factory=list)

    @property
    def duration(self) -> float:
        """Seconds of audio in the piece."""
        return len(self.samples) / SAMPLE_RATE

    def time_at(self, seconds: float, *, end: bool = False) -> float:
        """Where a moment of the piece is in the recording (s); ``end`` tells which side a seam between stretches belongs to."""
        position = min(max(seconds, 0.0), self.duration) * SAMPLE_RATE
        seams = np.cumsum([0, *(stretch.end - stretch.start for stretch in self.stretches)])
        index = min(max(bisect_right(seams, position) - 1, 0), len(self.stretches) - 1)
        if end and index > 0 and position == seams[index]:
            index -= 1
        return float(self.stretches[index].start + position - seams[index]) / SAMPLE_RATE


def cut(audio: Iterable[AudioChunk], options: WhisperOptions) -> Iterator[Piece]:
    """Yield pieces of speech as soon as they are complete; memory does not grow with the length of ``audio``.

    Raises:
        InputError: when a chunk is not at 16 kHz.
    """
    segmenter = _Segmenter(options)
    for chunk in audio:
        if chunk.sample_rate != SAMPLE_RATE:
            raise InputError(f"Whisper takes audio at {SAMPLE_RATE} Hz and was given {chunk.sample_rate} Hz. Resample it first.")
        yield from segmenter.feed(chunk)
    yield from segmenter.finish()


class _Segmenter:
    """The state of one recording: what was heard and is not yet in a piece."""

    def __init__(self, options: WhisperOptions) -> None:
        self._probability = SpeechProbability() if options.vad else _everything_is_speech
        self._begin = options.vad_threshold
        self._end = max(options.vad_threshold - _HYSTERESIS, 0.01)
        self._min_silence = int(options.vad_min_silence * SAMPLE_RATE)
        self._min_speech = int(options.vad_min_speech * SAMPLE_RATE)
        self._pad = int(options.vad_pad * SAMPLE_RATE)
        self._buffer = np.zeros(0, np.float32)
        self._origin: int | None = None  # where the buffer begins in the recording
        self._position = 0  # up to where frames have been judged
        self._speech_start: int | None = None  # of the stretch under way
        self._speech_end: int | None = None  # where it fell silent, unless it goes on
        self._recent: list[tuple[float, int]] = []  # (probability, position) of the frames of the stretch under way
        self._stretches: list[Stretch] = []  # without their pads, waiting to be a piece
        self._floor = 0  # where the last piece ended

    def feed(self, chunk: AudioChunk) -> Iterator[Piece]:
        if self._origin is None:
            self._origin = self._position = self._floor = round(chunk.start * SAMPLE_RATE)
        self._buffer = np.concatenate([self._buffer, chunk.samples.astype(np.float32, copy=False)])
        yield from self._judge()

    def finish(self) -> Iterator[Piece]:
        if self._origin is None:
            return
        heard = self._origin + len(self._buffer)
        missing = -(heard - self._position) % FRAME
        if heard > self._position:
            self._buffer = np.concatenate([self._buffer, np.zeros(missing, np.float32)])
            yield from self._judge()
            self._buffer = self._buffer[: len(self._buffer) - missing]
        if self._speech_start is not None:
            yield from self._close_stretch(heard if self._speech_end is None else self._speech_end)
        yield from self._emit(ceiling=heard)

    def _judge(self) -> Iterator[Piece]:
        assert self._origin is not None
        pending = self._buffer[self._position - self._origin :]
        count = len(pending) // FRAME
        for probability in self._probability(pending[: count * FRAME].reshape(-1, FRAME)):
            yield from self._frame(float(probability), self._position)
            self._position += FRAME
        self._forget()

    def _frame(self, probability: float, position: int) -> Iterator[Piece]:
        if self._speech_start is None:
            if probability >= self._begin:
                self._speech_start, self._speech_end, self._recent = position, None, [(probability, position)]
            elif self._stretches and position - self._stretches[-1].end > _LONG_SILENCE:
                yield from self._emit(ceiling=position)
            return
        self._recent.append((probability, position))
        if probability >= self._begin:
            self._speech_end = None
        elif probability < self._end and self._speech_end is None:
            self._speech_end = position
        if self._speech_end is not None and position + FRAME - self._speech_end >= self._min_silence:
            yield from self._close_stretch(self._speech_end)
            self._speech_start = None
        elif position + FRAME - self._speech_start > MAX_PIECE - 2 * self._pad:
            yield from self._cut_within()

    def _cut_within(self) -> Iterator[Piece]:
        # Nobody paused for breath: cut where speech is least likely, and go on from there.
        assert self._speech_start is not None
        earliest = max(self._recent[-1][1] - _LOOK_BACK, self._speech_start + FRAME)
        place = min((frame for frame in self._recent if frame[1] >= earliest), default=self._recent[-1])[1]
        yield from self._close_stretch(place)
        self._speech_start = place
        self._recent = [frame for frame in self._recent if frame[1] >= place]
        if self._speech_end is not None and self._speech_end < place:
            self._speech_end = place

    def _close_stretch(self, end: int) -> Iterator[Piece]:
        assert self._speech_start is not None
        if end - self._speech_start < self._min_speech:
            return
        stretch = Stretch(self._speech_start, end)
        padded = self._padded([*self._stretches, stretch], ceiling=end + self._pad)
        if self._stretches and sum(each.end - each.start for each in padded) > MAX_PIECE:
            yield from self._emit(ceiling=(self._stretches[-1].end + stretch.start) // 2)
        self._stretches.append(stretch)

    def _emit(self, ceiling: int) -> Iterator[Piece]:
        if not self._stretches:
            return
        assert self._origin is not None
        padded = self._padded(self._stretches, ceiling)
        joined = [self._buffer[s.start - self._origin : s.end - self._origin] for s in padded]
        self._stretches = []
        self._floor = padded[-1].end
        yield Piece(np.concatenate(joined), padded)

    def _padded(self, stretches: list[Stretch], ceiling: int) -> list[Stretch]:
        # Each stretch gets the pad before and after it, but neighbours share the pause between them.
        padded: list[Stretch] = []
        floor = self._floor
        for stretch, following in zip(stretches, [*stretches[1:], None], strict=True):
            limit = ceiling if following is None else (stretch.end + following.start) // 2
            padded.append(Stretch(max(stretch.start - self._pad, floor), min(stretch.end + self._pad, max(limit, stretch.end))))
            floor = padded[-1].end
        return padded

    def _forget(self) -> None:
        # Keep what a stretch, waiting or still to come, may reach back to.
        assert self._origin is not None
        earliest = [self._position, *(s.start for s in self._stretches[:1])]
        if self._speech_start is not None:
            earliest.append(self._speech_start)
        keep = min(earliest) - self._pad
        if keep - self._origin > SAMPLE_RATE:
            self._buffer = self._buffer[keep - self._origin :].copy()
            self._origin = keep


def _everything_is_speech(frames: Samples) -> Samples:
    return np.ones(len(frames), np.float32)
