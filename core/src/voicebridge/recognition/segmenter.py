"""Cut an audio stream into pieces of speech, at pauses and without silence.

Speech starts when its probability rises above a threshold, and ends when it has stayed below a lower one for some time. Neighbouring
stretches of speech are combined into one piece, because recognisers use context; a piece stores the position of each stretch in the
recording.
"""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from voicebridge.errors import InputError
from voicebridge.speech import AudioChunk

SAMPLE_RATE = 16_000
"""Hertz."""
FRAME = 512
"""Samples per probability: 32 ms."""
_ONSET = int(0.1 * SAMPLE_RATE)
"""Samples by which a soft onset may precede the detection."""
_HYSTERESIS = 0.15
"""Speech ends when its probability is this far below the threshold for its start."""

_IMPOSSIBLE = 2.0**32
"""No sample is this large, in any sample format; the energy of much larger ones would overflow."""

Samples = npt.NDArray[np.float32]
SpeechDetector = Callable[[Samples], Samples]
"""Gives the probability of speech ``float32[k]`` in each of the next ``float32[k, FRAME]`` frames of a recording; it may keep a state."""


@dataclass(frozen=True, kw_only=True)
class Cutting:
    """Where to cut. Durations are in seconds."""

    threshold: float = 0.5
    """Speech starts where its probability is at least this, and ends where it is 0.15 below."""
    min_silence: float = 0.16
    """The shortest pause between two stretches of speech."""
    min_speech: float = 0.0
    """The shortest stretch of speech."""
    margin: float = 0.4
    """Audio before and after each stretch."""
    longest: float = 16.0
    """The maximum duration of a piece. Longer ones take more time than their parts in most models; with shorter ones, words are lost."""
    longest_first: float = 10.0
    """The maximum duration of the first piece: shorter, so that the first words appear soon."""
    long_silence: float = 5.0
    """Silence after which a piece is complete, without waiting for more speech."""


@dataclass(frozen=True)
class Stretch:
    """A stretch of speech in the recording: samples from ``start`` to ``end``."""

    start: int
    end: int
    voice: int = 0
    """Start of the speech itself, after the margin."""
    silence: int = sys.maxsize
    """End of the speech itself, before the margin."""


@dataclass
class Piece:
    """Audio that is transcribed in one step."""

    samples: Samples
    """``float32[n]``, 16 kHz, mono: the concatenated stretches."""
    stretches: list[Stretch] = field(default_factory=list)

    @property
    def duration(self) -> float:
        """Seconds of audio in the piece."""
        return len(self.samples) / SAMPLE_RATE

    def time_at(self, seconds: float, *, end: bool = False) -> float:
        """Convert a time in the piece to one in the recording (s); with ``end``, a seam between stretches belongs to the first of them."""
        index, position, seams = self._place(seconds)
        if end and index > 0 and position == seams[index]:
            index -= 1
        return float(self.stretches[index].start + position - seams[index]) / SAMPLE_RATE

    def begin_of(self, start: float, end: float) -> float:
        """The start of a word in the recording (s), given its start and end in the piece.

        Alignment often includes the pause before a word; no word starts in the margins around speech.
        """
        index, position, seams = self._place(start)
        stretch = self.stretches[index]
        moment = stretch.start + position - seams[index]
        if moment >= stretch.silence and index + 1 < len(self.stretches) and end * SAMPLE_RATE > seams[index + 1]:
            stretch = self.stretches[index + 1]
            moment = stretch.start
        return float(max(moment, stretch.voice - _ONSET)) / SAMPLE_RATE

    def _place(self, seconds: float) -> tuple[int, float, npt.NDArray[np.int64]]:
        # (index of the stretch, samples from the start of the piece, start of each stretch in the piece)
        position = min(max(seconds, 0.0), self.duration) * SAMPLE_RATE
        seams = np.cumsum([0, *(stretch.end - stretch.start for stretch in self.stretches)])
        return min(max(bisect_right(seams, position) - 1, 0), len(self.stretches) - 1), position, seams


@dataclass
class _Speech:
    """A stretch of speech that has not ended yet."""

    start: int
    frames: list[tuple[float, int]]
    """(probability, position) of each frame."""
    quiet_since: int | None = None
    """The position at which silence began, unless speech has continued since."""


class Segmenter:
    """Splits one recording, with constant memory usage. Positions are samples from the recording's start."""

    def __init__(self, detect: SpeechDetector | None, cutting: Cutting | None = None) -> None:
        """Start with an empty recording.

        Args:
            detect: finds speech in this recording; ``None`` treats everything as speech.
            cutting: where to cut.
        """
        cutting = cutting or Cutting()
        self._detect = detect or _everything_is_speech
        self._threshold = cutting.threshold
        self._lower_threshold = max(cutting.threshold - _HYSTERESIS, 0.01)
        self._min_silence = int(cutting.min_silence * SAMPLE_RATE)
        self._min_speech = int(cutting.min_speech * SAMPLE_RATE)
        self._margin = int(cutting.margin * SAMPLE_RATE)
        self._long_silence = int(cutting.long_silence * SAMPLE_RATE)
        self._most = int(cutting.longest * SAMPLE_RATE)
        self._longest = min(int(cutting.longest_first * SAMPLE_RATE), self._most)  # of the current piece
        self._begun = False
        self._buffer = np.zeros(0, np.float32)
        self._origin = 0  # position of the buffer's start
        self._position = 0  # position up to which frames have been classified
        self._floor = 0  # end of the last piece
        self._speech: _Speech | None = None
        self._stretches: list[Stretch] = []  # without margins, waiting to be emitted

    def keep_to(self, seconds: float) -> None:
        """Limit the duration of pieces further, starting with the next one."""
        self._most = int(min(self._most, seconds * SAMPLE_RATE))
        self._longest = min(self._longest, self._most)

    def feed(self, chunk: AudioChunk) -> Iterator[Piece]:
        """Yield the pieces that are complete with this chunk.

        Raises:
            InputError: if the chunk is not at 16 kHz.
        """
        if chunk.sample_rate != SAMPLE_RATE:
            raise InputError(f"The model takes audio at {SAMPLE_RATE} Hz and was given {chunk.sample_rate} Hz. Resample it first.")
        if not self._begun:
            self._begun = True
            self._origin = self._position = self._floor = round(chunk.start * SAMPLE_RATE)
        yield from self._hear(_possible(chunk.samples.astype(np.float32, copy=False)))

    def finish(self) -> Iterator[Piece]:
        """Yield the rest after the last chunk."""
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
        for probability in self._detect(pending[:whole].reshape(-1, FRAME)):
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
        elif position + 2 * FRAME - speech.start > self._longest - 2 * self._margin:
            yield from self._cut_within(speech)

    def _cut_within(self, speech: _Speech) -> Iterator[Piece]:
        # There was no pause: cut where speech is least probable, and continue from there.
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
        padded = self._padded([*self._stretches, stretch], ceiling=end + self._margin)
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
        # Each stretch gets margins before and after it, but neighbours share the pause between them.
        padded: list[Stretch] = []
        floor = self._floor
        for stretch, following in zip(stretches, [*stretches[1:], None], strict=True):
            limit = ceiling if following is None else (stretch.end + following.start) // 2
            begin, end = max(stretch.start - self._margin, floor), min(stretch.end + self._margin, max(limit, stretch.end))
            padded.append(Stretch(begin, end, stretch.start, stretch.end))
            floor = padded[-1].end
        return padded

    def _forget(self) -> None:
        # Keep everything that waiting and future stretches may include.
        needed = [self._position, *(stretch.start for stretch in self._stretches[:1])]
        if self._speech is not None:
            needed.append(self._speech.start)
        keep = min(needed) - self._margin
        if keep - self._origin > SAMPLE_RATE:
            self._buffer = self._buffer[keep - self._origin :].copy()
            self._origin = keep


def _possible(samples: Samples) -> Samples:
    # A NaN sample would make all later outputs of the network NaN, as if the weights were damaged.
    usable = np.abs(samples) < _IMPOSSIBLE
    return samples if usable.all() else np.where(usable, samples, np.float32(0.0))


def _everything_is_speech(frames: Samples) -> Samples:
    return np.ones(len(frames), np.float32)
