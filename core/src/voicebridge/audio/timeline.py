"""Align decoded frames with a recording's own clock.

Recordings of calls, streams and cameras lack packets, and some packets carry the time of their arrival. The audio so far is compared with
the time of each frame, like in FFmpeg's ``aresample=async=1``: missing audio is replaced by silence, and surplus audio is cut. Unlike that
filter, this one waits to see whether a frame is only late: then the following ones catch up, and nothing is changed
(docs/adr/0036-timeline-and-condition.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import av

from voicebridge.audio.time_range import without

SLACK = 0.06
"""Tolerated deviation in seconds: containers round, codecs delay, and a correction within a word is audible."""
SETTLED = 0.5
"""Seconds of audio that must deviate by at least as much before the clock is trusted."""
CATCHING_UP = 0.01
"""Seconds by which late frames approach their times while they catch up."""
LONGEST_HELD = 20.0
"""Maximum seconds of audio that are held back."""
RESTART = 1.0
"""Minimum backward jump in seconds that means a concatenated recording instead of surplus audio."""
MOST_SILENCE = 4 * 3600.0
"""Maximum seconds of silence in total: a file's times may be damaged too."""
MOST_UNBOUNDED = 60.0
"""Maximum seconds of silence per gap if the duration of the recording is unknown."""

Placed = Iterator[av.AudioFrame | float]
"""Frames, and seconds of silence between them."""


@dataclass(slots=True)
class _Held:
    """Consecutive frames that deviate from their times in the same direction."""

    frames: list[tuple[float, av.AudioFrame]]
    nearest: float
    """The smallest deviation among them in seconds; positive if audio is missing."""
    reference: float
    """The deviation when they last came closer."""
    seconds: float = 0.0
    """The amount of audio in them."""
    settled: float = 0.0
    """The amount of audio since."""
    broken: bool = False


class Timeline:
    """One pass over the frames of a recording."""

    def __init__(self, at: float, end: float | None) -> None:
        """Start at ``at``; gaps are filled up to ``end``. Both are seconds on the frames' clock; ``None`` if the end is unknown."""
        self._at = at
        self._end = end
        self._shift: float | None = 0.0  # offset of our times to the frames', which changes at joints; None until the first time
        self._filled = 0.0
        self._held: _Held | None = None
        self.lost = 0.0
        """Seconds of silence for undecodable parts."""

    def place(self, frame: av.AudioFrame, *, broken: bool = False) -> Placed:
        """Yield what is certain after ``frame``; ``broken`` is whether something before it could not be decoded."""
        expected = self._at + (self._held.seconds if self._held else 0.0)
        if frame.time is None:
            yield from self._put(expected, frame, broken)
            return
        if self._shift is None:
            self._shift = expected - frame.time
        yield from self._put(frame.time + self._shift, frame, broken)

    def finish(self) -> Placed:
        """Yield the rest at the end."""
        while self._held is not None:
            yield from self._settle(self._held)

    def restart(self) -> Placed:
        """Yield the rest, and append the next frame regardless of its time."""
        yield from self.finish()
        self._shift = None

    def _put(self, time: float, frame: av.AudioFrame, broken: bool) -> Placed:
        held = self._held
        seconds = frame.samples / frame.sample_rate
        off = time - self._at - (held.seconds if held else 0.0)
        is_near = abs(off) <= SLACK
        if held is None:
            if is_near:
                self._at += seconds
                yield frame
                return
            self._held = held = _Held([], off, off, broken=broken)
        held.frames.append((time, frame))
        held.seconds += seconds
        if is_near or (off > 0) != (held.nearest > 0):
            yield from self._release(held)
            return
        held.nearest = min(held.nearest, off, key=abs)
        held.settled += seconds
        if abs(held.reference) - abs(held.nearest) > CATCHING_UP:
            held.reference, held.settled = held.nearest, 0.0
        if held.settled >= SETTLED or held.seconds >= LONGEST_HELD:
            yield from self._settle(held)

    def _release(self, held: _Held) -> Placed:
        """They were late, or early, and the others are not."""
        self._held = None
        self._at += held.seconds
        for _, frame in held.frames:
            yield frame

    def _settle(self, held: _Held) -> Placed:
        """Trust the frame with the smallest deviation, and align the others again."""
        self._held = None
        off, frames = held.nearest, held.frames
        if off < -RESTART or (off > 0 and not self._may_fill(frames[0][0], off)):
            self._shift = (self._shift or 0.0) - off
            frames = [(time - off, frame) for time, frame in frames]
        elif off > 0:
            self._at += off
            self._filled += off
            self.lost += off if held.broken else 0.0
            yield off
        else:
            frames = _without_first(-off, frames)
        for time, frame in frames:
            yield from self._put(time, frame, broken=False)

    def _may_fill(self, time: float, seconds: float) -> bool:
        is_known = self._end is not None and self._shift == 0.0
        return self._filled + seconds <= MOST_SILENCE and (time <= (self._end or 0.0) if is_known else seconds <= MOST_UNBOUNDED)


def _without_first(seconds: float, frames: Sequence[tuple[float, av.AudioFrame]]) -> list[tuple[float, av.AudioFrame]]:
    """The frames without their first ``seconds``."""
    left: list[tuple[float, av.AudioFrame]] = []
    for time, frame in frames:
        surplus = min(round(seconds * frame.sample_rate), frame.samples) if seconds > 0 else 0
        seconds -= surplus / frame.sample_rate
        if surplus < frame.samples:
            left.append((time + surplus / frame.sample_rate, without(surplus, frame) if surplus else frame))
    return left
