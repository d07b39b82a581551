"""Decodes whatever FFmpeg's libraries can read, streamed: any container, codec, rate and channel count, by content and not by name.

The libraries come inside PyAV's wheel, so nothing has to be installed on the system (docs/adr/0003-decoding.md).
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import av
import av.error
import numpy as np

from voicebridge.audio import integrity
from voicebridge.audio.channels import channels_wrong
from voicebridge.audio.resample import Resampler
from voicebridge.audio.source import Source, reason
from voicebridge.audio.time_range import beginning_at, check_stretch
from voicebridge.audio.timeline import Placed, Timeline
from voicebridge.audio.track import Track
from voicebridge.audio.tracks import AudioTrack, tracks_of
from voicebridge.errors import InputError
from voicebridge.speech import AudioChunk

CHUNK_SECONDS = 0.5
"""How much sound a chunk carries."""
LEAD_IN = 2
"""Whole seconds that are decoded before the start that was asked for: codecs and the resampler need a little to come to themselves."""
SHORTEST_SOUND = 0.01
"""Seconds that a recording must have to hold anything."""


class AudioReader:
    """An audio or video file, or a stream, opened for reading its sound."""

    def __init__(
        self, source: Path | IO[bytes], name: str | None = None, *, start: float = 0.0, end: float | None = None, track: int | None = None,
        channel: int | None = None, channels: int | None = None,
    ) -> None:  # fmt: skip
        """Open ``source`` and find its audio track; nothing is decoded yet.

        Args:
            source: a file, or a binary stream such as standard input.
            name: how to call it in messages; a path's own name by default.
            start: seconds of the recording, as a player shows them, at which to begin.
            end: seconds at which to stop; ``None`` reads to the end.
            track: number of the audio track, from 1; ``None`` takes the one that FFmpeg holds for the main one.
            channel: number of the channel, from 1, that is heard alone; ``None`` mixes them all.
            channels: how many it must have where one is heard alone; ``None`` takes any number above one.

        Raises:
            InputError: when it can't be read, holds no audio or no such track, has other channels, or ends before ``start``.
            UsageError: when ``start`` and ``end`` enclose nothing.
        """
        check_stretch(start, end)
        self._source = Source(source, name)
        self.name = self._source.name
        self._start, self._end, self._number, self._channel = start, end, track, channel
        self._damage: str | None = None
        try:
            self._track = Track(self._source, track)
        except BaseException:
            self._source.close()
            raise
        if channel is not None and (wrong := channels_wrong(self.channels, channels)):
            self.close()
            raise InputError(f"{self.name} {wrong}")
        length = self._track.length
        # A length that FFmpeg guessed may be too short, and that of joined recordings is; then reading shows whether something is left.
        if length is not None and start >= length and self._track.stated_end() and self._track.can_seek():
            self.close()
            raise self._nothing_left(length)

    @property
    def tracks(self) -> tuple[AudioTrack, ...]:
        """The audio tracks that there are."""
        return tracks_of(self._track.container)

    @property
    def channels(self) -> int:
        """How many channels the track has, the ones that are not heard included."""
        return int(self._track.stream.codec_context.channels)

    @property
    def duration(self) -> float | None:
        """Seconds that will be read, where the file says how long it is."""
        length, end = self._track.length, self._end
        if length is None:
            return None if end is None else end - self._start
        return max(0.0, (length if end is None else min(length, end)) - self._start)

    @property
    def damage(self) -> str | None:
        """One line for the user when some of the recording could not be read; known once :meth:`chunks` has come to its end."""
        return self._damage

    def chunks(self, sample_rate: int) -> Generator[AudioChunk, None, None]:
        """Yield the sound at ``sample_rate`` (Hz), half a second at a time; times count from the beginning of the recording.

        Stretches that are damaged are stepped over, and gaps in the recording become silence, so that times stay those of a player.

        Raises:
            InputError: when nothing of it can be decoded, or nothing is left after the start that was asked for.
        """
        frames = self._track.frames()
        first = next(frames, None)
        if first is None:
            raise self._nothing_decoded()
        begin = self._track.time_of(first)
        origin = first.time or 0.0
        skipped, frames = self._seek(begin, origin, first, frames)
        # Samples are counted from the first one of the recording, in whole numbers, so that edges and times don't drift.
        at = skipped * sample_rate
        wanted = max(0, round((self._start - begin) * sample_rate))
        stop = None if self._end is None else max(0, round((self._end - begin) * sample_rate))
        given = False
        length = self._track.length
        timeline = Timeline(origin + skipped, None if length is None else self._track.begins + length)
        for samples in self._resampled(frames, timeline, sample_rate):
            kept = samples[max(0, wanted - at) : None if stop is None else max(0, stop - at)]
            if len(kept):
                given = True
                yield AudioChunk(kept, sample_rate, begin + max(at, wanted) / sample_rate)
            at += len(samples)
            if stop is not None and at >= stop:
                break
        else:
            self._damage = self._missing(begin, begin + at / sample_rate, timeline.lost)
        if self._start == 0 and self._end is None and at < SHORTEST_SOUND * sample_rate:
            raise self._nothing_decoded()
        if not given:
            raise self._nothing_left()

    def close(self) -> None:
        """Let go of the file."""
        self._track.close()
        self._source.close()

    def __enter__(self) -> AudioReader:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _nothing_decoded(self) -> InputError:
        failed = self._track.error
        what = "has an audio track without sound" if failed is None else f"can't be decoded: {reason(failed)}"
        error = InputError(f"{self.name} {what}. {self._source.remedy}")
        error.__cause__ = failed
        return error

    def _nothing_left(self, length: float | None = None) -> InputError:
        if self._end is not None:
            return InputError(f"{self.name} has no sound between {self._start:g} s and {self._end:g} s. Choose another time range.")
        long = "" if length is None else f"is {length:.1f} s long and "
        return InputError(f"{self.name} {long}has no sound after {self._start:g} s. Start earlier.")

    def _seek(
        self, begin: float, origin: float, first: av.AudioFrame, frames: Iterator[av.AudioFrame]
    ) -> tuple[int, Iterator[av.AudioFrame]]:
        """Go near the start where the container can; return the whole seconds passed over since the first frame, and what follows them.

        Args:
            begin: where the first frame stands in the recording (s).
            origin: its time on the container's clock (s).
            first: the first frame.
            frames: those that follow it.
        """
        # Whole seconds hold whole numbers of samples before and after resampling: what is kept is the same as without seeking.
        second = int(self._start - begin) - LEAD_IN
        if second <= 0 or not self._track.can_seek():
            return 0, chain([first], frames)
        try:
            self._track.seek(origin + second)
            frames = self._track.frames()
            landed = next(frames, None)
        except (av.error.FFmpegError, InputError):
            landed = None
        if landed is not None and landed.time is not None and landed.time <= origin + second:
            return second, beginning_at(origin + second, chain([landed], frames))
        self._track.close()
        self._track = Track(self._source, self._number)
        return 0, self._track.frames()

    def _missing(self, begin: float, read: float, lost: float) -> str | None:
        path, error = self._source.file, self._track.error
        share = 1.0 if path is None else integrity.share_present(path)
        end = read / share if share < 1 else self._track.stated_end(begin)
        missing = integrity.describe(self.name, read, lost, end)
        if missing is None and isinstance(error, OSError):
            return f"{self.name} could not be read to its end: {reason(error)}, after {read:.1f} s. Check the disk."
        if missing is None and end is None and self._track.gave_up and error is not None:
            return f"{self.name} could not be read past {read:.1f} s: {reason(error)}. Copy it again from its source, or convert it."
        if missing is None and self._source.holds_more():
            return f"{self.name} could not be read past {read:.1f} s: it is longer than its header says. Save it as a file and give that."
        return missing

    def _resampled(self, frames: Iterator[av.AudioFrame], timeline: Timeline, sample_rate: int) -> Iterator[Any]:
        block = round(sample_rate * CHUNK_SECONDS)
        with closing(Resampler(sample_rate, block, self._channel)) as resampler:
            for placed in self._placed(frames, timeline):
                if isinstance(placed, av.AudioFrame):
                    try:
                        yield from resampler.feed(placed)
                    except av.error.FFmpegError as error:
                        self._track.note(error)
                    continue
                yield from resampler.finish()
                left = round(placed * sample_rate)
                while left > 0:
                    yield np.zeros(min(block, left), np.float32)
                    left -= block
            yield from resampler.finish()

    def _placed(self, frames: Iterator[av.AudioFrame], timeline: Timeline) -> Placed:
        track = self._track
        never_pauses = track.container.format.name == "flac"  # a gap in it is damage
        for frame in frames:
            if track.is_joined:
                track.is_joined = False
                yield from timeline.restart()
            yield from timeline.place(frame, broken=track.is_broken or never_pauses)
            track.is_broken = False
        yield from timeline.finish()
