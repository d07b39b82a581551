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

from voicebridge.audio import damage
from voicebridge.audio.mp4 import PROTECTED, sample_entries
from voicebridge.audio.resample import Resampler
from voicebridge.audio.source import Source, reason
from voicebridge.audio.stretch import beginning_at, check_stretch
from voicebridge.audio.tracks import AudioTrack, tracks_of
from voicebridge.errors import InputError
from voicebridge.speech import AudioChunk

CHUNK_SECONDS = 0.5
"""How much sound a chunk carries."""
LEAD_IN = 2
"""Whole seconds that are decoded before the start that was asked for: codecs and the resampler need a little to come to themselves."""
MAX_ERRORS = 100
"""After so many errors in a row in a file's structure the rest of it is taken for broken."""
PLAUSIBLE_RATES = range(1_000, 3_000_001)
"""Hertz: a damaged header may claim any rate, and resampling from it take any amount of memory."""
SHORTEST_SOUND = 0.01
"""Seconds that a recording must have to hold anything."""
SHORTEST_GAP = 0.1
"""Seconds that a file's own times must jump ahead before that counts as a gap; less is rounding."""
MOST_SILENCE = 4 * 3600.0
"""Seconds of gaps that are filled with silence at the most: a file's times may be damaged too."""


class AudioReader:
    """An audio or video file, or a stream, opened for reading its sound."""

    def __init__(
        self, source: Path | IO[bytes], name: str | None = None, *, start: float = 0.0, end: float | None = None, track: int | None = None
    ) -> None:
        """Open ``source`` and find its audio track; nothing is decoded yet.

        Args:
            source: a file, or a binary stream such as standard input.
            name: how to call it in messages; a path's own name by default.
            start: seconds of the recording, as a player shows them, at which to begin.
            end: seconds at which to stop; ``None`` reads to the end.
            track: number of the audio track, from 1; ``None`` takes the one that FFmpeg holds for the main one.

        Raises:
            InputError: when it can't be read, holds no audio or no such track, or ends before ``start``.
            UsageError: when ``start`` and ``end`` enclose nothing.
        """
        check_stretch(start, end)
        self._source = Source(source, name)
        self.name = self._source.name
        self._start, self._end, self._number = start, end, track
        self._filled = self._lost = 0.0
        self._error: Exception | None = None
        self._broken = False  # whether something failed since the last frame that was decoded
        self._damage: str | None = None
        self._container = self._source.open()
        try:
            self._track = self._find_track()
            length = self._length
            # A length that FFmpeg guessed may be too short; then reading shows whether something is left.
            if length is not None and start >= length and damage.stated_end(self._container, self._track, self._source.file):
                raise self._nothing_left(length)
        except BaseException:
            self.close()
            raise

    @property
    def tracks(self) -> tuple[AudioTrack, ...]:
        """The audio tracks that there are."""
        return tracks_of(self._container)

    @property
    def duration(self) -> float | None:
        """Seconds that will be read, where the file says how long it is."""
        length, end = self._length, self._end
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
        frames = self._frames()
        first = next(frames, None)
        if first is None:
            raise self._nothing_decoded()
        begin = self._time_of(first)
        skipped, frames = self._seek(begin, first, frames)
        # Samples are counted from the first one of the recording, in whole numbers, so that edges and times don't drift.
        at = skipped * sample_rate
        wanted = max(0, round((self._start - begin) * sample_rate))
        stop = None if self._end is None else max(0, round((self._end - begin) * sample_rate))
        given = False
        for samples in self._resampled(frames, sample_rate):
            kept = samples[max(0, wanted - at) : None if stop is None else max(0, stop - at)]
            if len(kept):
                given = True
                yield AudioChunk(kept, sample_rate, begin + max(at, wanted) / sample_rate)
            at += len(samples)
            if stop is not None and at >= stop:
                break
        else:
            self._damage = self._missing(begin, begin + at / sample_rate)
        if self._start == 0 and self._end is None and at < SHORTEST_SOUND * sample_rate:
            raise self._nothing_decoded()
        if not given:
            raise self._nothing_left()

    def close(self) -> None:
        """Let go of the file."""
        self._container.close()
        self._source.close()

    def __enter__(self) -> AudioReader:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def _length(self) -> float | None:
        track: Any = self._track
        if track.duration is not None and track.time_base is not None:
            late = track.start_time * track.time_base - (self._container.start_time or 0) / av.time_base if track.start_time else 0
            return float(track.duration * track.time_base + max(0, late))
        return self._container.duration / av.time_base if self._container.duration else None

    def _find_track(self) -> Any:
        streams = self._container.streams
        if not streams.audio:
            kind = "a video without sound" if streams.video else "no audio or video file"
            raise InputError(f"{self.name} is {kind}. {self._source.remedy}")
        if self._number is None:
            found = streams.best("audio")
        elif 1 <= self._number <= len(streams.audio):
            found = streams.audio[self._number - 1]
        else:
            there = "; ".join(map(str, self.tracks))
            raise InputError(f"{self.name} has no audio track {self._number}. It has {there}.")
        self._refuse_protected(found or streams.audio[0])
        if found is None or found.codec_context is None:
            raise InputError(f"{self.name} holds no audio that can be decoded. {self._source.remedy}")
        return found

    def _refuse_protected(self, track: Any) -> None:
        entries = sample_entries(self._source.file) if self._source.file else []
        if track.index < len(entries) and entries[track.index] in PROTECTED:
            raise InputError(f"{self.name} is encrypted against copying: only its own player can read it. Get it without protection.")

    def _nothing_decoded(self) -> InputError:
        what = "holds an audio track but no sound" if self._error is None else f"can't be decoded: {reason(self._error)}"
        error = InputError(f"{self.name} {what}. {self._source.remedy}")
        error.__cause__ = self._error
        return error

    def _nothing_left(self, length: float | None = None) -> InputError:
        if self._end is not None:
            return InputError(f"{self.name} has no sound between {self._start:g} s and {self._end:g} s. Name another stretch.")
        long = "" if length is None else f"is {length:.1f} s long and "
        return InputError(f"{self.name} {long}has no sound after {self._start:g} s. Start earlier.")

    def _seek(self, begin: float, first: av.AudioFrame, frames: Iterator[av.AudioFrame]) -> tuple[int, Iterator[av.AudioFrame]]:
        """Go near the start where the container can; return the whole seconds passed over since ``begin``, and what follows them."""
        # Whole seconds hold whole numbers of samples before and after resampling: what is kept is the same as without seeking.
        second = int(self._start - begin) - LEAD_IN
        if second <= 0 or self._source.file is None or self._track.codec_context.name.startswith("adpcm_"):  # FFmpeg misses their blocks
            return 0, chain([first], frames)
        try:
            self._container.seek(round((begin + second) * av.time_base) + (self._container.start_time or 0))
            frames = self._frames()
            landed = next(frames, None)
        except (av.error.FFmpegError, InputError):
            landed = None
        if landed is not None and landed.time is not None and self._time_of(landed) <= begin + second:
            return second, beginning_at(begin + second, chain([landed], frames), self._time_of)
        self._container.close()
        self._container = self._source.open()
        self._track = self._find_track()
        return 0, self._frames()

    def _missing(self, begin: float, read: float) -> str | None:
        path = self._source.file
        share = 1.0 if path is None else damage.share_present(path)
        end = read / share if share < 1 else damage.stated_end(self._container, self._track, path, begin)
        missing = damage.describe(self.name, read, self._lost, end)
        if missing is None and isinstance(self._error, OSError):
            return f"{self.name} could not be read to its end: {reason(self._error)}, after {read:.1f} s. Check the disk that it is on."
        return missing

    def _resampled(self, frames: Iterator[av.AudioFrame], sample_rate: int) -> Iterator[Any]:
        block = round(sample_rate * CHUNK_SECONDS)
        ended: float | None = None
        with closing(Resampler(sample_rate, block)) as resampler:
            for frame in frames:
                if gap := self._gap(ended, frame.time):
                    yield from resampler.finish()
                    left = round(gap * sample_rate)
                    while left > 0:
                        yield np.zeros(min(block, left), np.float32)
                        left -= block
                self._broken = False
                ended = None if frame.time is None else frame.time + frame.samples / frame.sample_rate
                try:
                    yield from resampler.feed(frame)
                except av.error.FFmpegError as error:
                    self._note(error)
            yield from resampler.finish()

    def _gap(self, ended: float | None, begins: float | None) -> float:
        """Seconds of silence that belong between two frames."""
        if ended is None or begins is None or begins - ended < SHORTEST_GAP:
            return 0.0
        gap, length = begins - ended, self._length
        first = (self._container.start_time or 0) / av.time_base
        if length is None or begins - first > length or self._filled + gap > MOST_SILENCE:
            return 0.0
        self._filled += gap
        if self._broken or self._container.format.name == "flac":  # where nothing is broken the recording has a pause there
            self._lost += gap
        return gap

    def _frames(self) -> Iterator[av.AudioFrame]:
        errors = 0
        packets = self._container.demux(self._track)
        while errors <= MAX_ERRORS:
            try:
                packet = next(packets, None)
            except av.error.EOFError:
                return
            except (av.error.FFmpegError, OSError, IndexError) as error:  # IndexError: PyAV doesn't know a track that begins in the middle
                self._note(error)
                if isinstance(error, OSError):
                    return
                errors += 1
                packets = self._container.demux(self._track)  # the error has ended the iterator, but not the file
                continue
            if packet is None:
                return
            for frame in self._decoded(packet):
                errors = 0
                yield frame

    def _decoded(self, packet: Any) -> list[av.AudioFrame]:
        try:
            return [frame for frame in packet.decode() if isinstance(frame, av.AudioFrame) and frame.sample_rate in PLAUSIBLE_RATES]
        except av.error.EOFError:
            return []
        except av.error.FFmpegError as error:  # a damaged stretch: go on after it, as players do
            self._note(error)
            return []

    def _note(self, error: Exception) -> None:
        self._error, self._broken = error, True

    def _time_of(self, frame: av.AudioFrame) -> float:
        # In a video the sound may begin later than the picture; times count from the beginning of the file, as a player shows it.
        begins = (self._container.start_time or 0) / av.time_base
        return max(0.0, frame.time - begins) if frame.time is not None else 0.0
