"""Places decoded frames on a recording's own clock.

Recordings of calls, streams and cameras lack packets, and some of their packets carry the time of their arrival. The sound given so far
is compared with the time of each frame, as FFmpeg's ``aresample=async=1`` does: missing sound becomes silence, and surplus sound is cut.
Unlike that filter this one waits to see whether a frame is only late: then those that follow catch up, and nothing is filled or cut
(docs/adr/0036-timeline-and-condition.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import av

from voicebridge.audio.stretch import without

SLACK = 0.06
"""Seconds that sound may stand beside its time: containers round, codecs delay, and a correction in the middle of a word hurts it."""
SETTLED = 0.5
"""Seconds of sound that must stand off by no less before the clock is believed."""
CATCHING_UP = 0.01
"""Seconds by which late frames come nearer to their times while they catch up."""
LONGEST_HELD = 20.0
"""Seconds of sound that are held back at the most."""
RESTART = 1.0
"""Seconds that times must jump back by to be those of another recording, joined on, rather than of surplus sound."""
MOST_SILENCE = 4 * 3600.0
"""Seconds of silence that are put in at the most: a file's times may be damaged too."""
MOST_UNBOUNDED = 60.0
"""Seconds of silence that are put in at one place where nobody knows how long the recording is."""

Placed = Iterator[av.AudioFrame | float]
"""Frames, and seconds of silence between them."""


@dataclass(slots=True)
class _Held:
    """Frames in a row that stand off their times, all to the same side."""

    frames: list[tuple[float, av.AudioFrame]]
    nearest: float
    """Seconds that the one nearest to its time stands off it; positive where sound is missing."""
    reference: float
    """What that was when they last came nearer."""
    seconds: float = 0.0
    """How much sound they carry."""
    settled: float = 0.0
    """How much sound came since."""
    broken: bool = False


class Timeline:
    """One pass over the frames of a recording."""

    def __init__(self, at: float, end: float | None) -> None:
        """Begin at ``at``; gaps are filled up to ``end``. Both are seconds on the frames' clock; ``None`` where nobody knows the end."""
        self._at = at
        self._end = end
        self._shift: float | None = 0.0  # from the frames' times to ours, which a joined recording changes; None until its first time
        self._filled = 0.0
        self._held: _Held | None = None
        self.lost = 0.0
        """Seconds of silence where something could not be decoded."""

    def place(self, frame: av.AudioFrame, *, broken: bool = False) -> Placed:
        """Yield what is settled once ``frame`` is known; ``broken`` tells that something before it could not be decoded."""
        expected = self._at + (self._held.seconds if self._held else 0.0)
        if frame.time is None:
            yield from self._put(expected, frame, broken)
            return
        if self._shift is None:
            self._shift = expected - frame.time
        yield from self._put(frame.time + self._shift, frame, broken)

    def finish(self) -> Placed:
        """Yield what is left at the end."""
        while self._held is not None:
            yield from self._settle(self._held)

    def restart(self) -> Placed:
        """Yield what is left, and let the next frame follow it, whatever its time is."""
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
        """Believe the one that is nearest to its time, and place the others again."""
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
