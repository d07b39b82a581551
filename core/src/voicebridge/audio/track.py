"""An audio track of an opened recording: find and decode it, in spite of damage."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import av
import av.error

from voicebridge.audio import integrity, joined
from voicebridge.audio.mp4 import PROTECTED, sample_entries
from voicebridge.audio.source import Source
from voicebridge.audio.tracks import tracks_of
from voicebridge.errors import InputError

MAX_ERRORS = 100
"""Maximum consecutive structural errors, after which the rest of the file is given up."""
PLAUSIBLE_RATES = range(1_000, 3_000_001)
"""Hertz: a damaged header may contain any rate, and resampling from it may take any amount of memory."""
_BY_BYTES = frozenset({"wav", "w64", "aiff", "au"})
"""Containers in which FFmpeg seeks by bytes, which is only correct for raw samples."""
_ASTRAY = frozenset({"rm"})
"""Containers in which it seeks to wrong positions."""


class Track:
    """The decoded track. Times are on the container's clock unless noted otherwise."""

    def __init__(self, source: Source, number: int | None, begin: int = 0) -> None:
        """Open ``source`` from the byte ``begin`` on, and find its audio track.

        Args:
            source: the source.
            number: of the track, from 1; ``None`` is FFmpeg's default.
            begin: the first byte; must be 0 except for files.

        Raises:
            InputError: if it can't be read, or has no audio or no such track.
        """
        self._source = source
        self._number = number
        self.container = source.open(begin)
        self.error: Exception | None = None
        """The last error."""
        self.is_broken = False
        """Whether something could not be decoded since this was last reset."""
        self.is_joined = False
        """Whether a concatenated recording has started since this was last reset."""
        self.gave_up = False
        """Whether reading stopped at an error before the end."""
        self._base = begin  # where the container starts in the file
        self._position = begin  # the position in the file up to which packets were read
        self._joint: int | None = None  # where another recording starts, as far as known
        self._looked = 0  # the position in the file up to which joints were searched
        try:
            self.stream = self._find()
            self._counted = integrity.counted_before(self.container, source.file)
        except BaseException:
            self.close()
            raise

    @property
    def begins(self) -> float:
        """Seconds at which the whole recording starts, including video."""
        return (self.container.start_time or 0) / av.time_base

    @property
    def length(self) -> float | None:
        """Its duration in seconds from its start, stated by its container or estimated by FFmpeg."""
        stream: Any = self.stream
        seconds: float | None
        if stream.duration is not None and stream.time_base is not None:
            late = float(stream.start_time * stream.time_base) - self.begins if stream.start_time else 0.0
            seconds = float(stream.duration * stream.time_base) + max(0.0, late)
        else:
            seconds = self.container.duration / av.time_base if self.container.duration else None
        return None if seconds is None else seconds - self._counted

    def stated_end(self, begin: float = 0.0) -> float | None:
        """The end of the audio (s) according to the header, for audio that starts at ``begin``; see :mod:`damage`."""
        end = integrity.stated_end(self.container, self.stream, self._source.file, begin)
        return None if end is None else end - self._counted

    def time_of(self, frame: av.AudioFrame) -> float:
        """Seconds from the start of the recording to a frame, as in a media player."""
        # In a video, the audio may start later than the pictures.
        return max(0.0, frame.time - self.begins) if frame.time is not None else 0.0

    def can_seek(self) -> bool:
        """Whether seeking by time works."""
        kind, codec = self.container.format.name, self.stream.codec_context.name
        if self._source.file is None or kind in _ASTRAY or codec.startswith("adpcm_"):
            return False
        return (kind not in _BY_BYTES or codec.startswith("pcm_")) and not joined.is_joined(self._source.file, kind)

    def seek(self, time: float) -> None:
        """Seek to the last position before ``time`` (s) from which decoding can start; :meth:`frames` continues there.

        Raises:
            av.error.FFmpegError: if the container can't seek.
        """
        self.container.seek(round(time * av.time_base))

    def frames(self) -> Iterator[av.AudioFrame]:
        """Decode from the current position, skipping damaged parts, and continuing with concatenated recordings."""
        while True:
            yield from self._frames_here()
            if not self._go_to_joint(near=False):
                return

    def _frames_here(self) -> Iterator[av.AudioFrame]:
        errors = size = undecoded = 0
        packets = self.container.demux(self.stream)
        while errors <= MAX_ERRORS:
            try:
                packet = next(packets, None)
            except av.error.EOFError:
                break
            except (av.error.FFmpegError, OSError, IndexError) as error:  # IndexError: PyAV doesn't know a track that starts in the middle
                self.note(error)
                if isinstance(error, OSError):
                    break
                errors = 0 if self._go_to_joint(near=True) else errors + 1
                if self.gave_up:
                    return
                packets = self.container.demux(self.stream)  # the error ended the iterator, but not the file
                continue
            if packet is None:
                break
            if packet.pos is not None:
                begin = self._base + packet.pos
                if self._joint is not None and begin >= self._joint:  # the next recording may have another codec
                    break
                self._position = begin + packet.size
                self._look_ahead()
            size += packet.size
            undecoded += packet.size
            for frame in self._decoded(packet):
                errors = undecoded = 0
                yield frame
        self.gave_up |= errors > MAX_ERRORS or isinstance(self.error, OSError) or (self.is_broken and self._is_much(undecoded, size))

    def close(self) -> None:
        """Close the container."""
        self.container.close()

    def _find(self) -> Any:
        name, streams = self._source.name, self.container.streams
        if not streams.audio:
            kind = "a video without sound" if streams.video else "not an audio or video file"
            raise InputError(f"{name} is {kind}. {self._source.remedy}")
        if self._number is None:
            found = streams.best("audio")
        elif 1 <= self._number <= len(streams.audio):
            found = streams.audio[self._number - 1]
        else:
            there = "; ".join(map(str, tracks_of(self.container)))
            raise InputError(f"{name} has no audio track {self._number}. It has {there}.")
        self._refuse_protected(found or streams.audio[0])
        if found is None or found.codec_context is None:
            raise InputError(f"{name} contains no audio that can be decoded. {self._source.remedy}")
        return found

    def _refuse_protected(self, track: Any) -> None:
        entries = sample_entries(self._source.file) if self._source.file else []
        if track.index < len(entries) and entries[track.index] in PROTECTED:
            raise InputError(f"{self._source.name} is copy-protected (DRM): only its own player can read it. Get it without protection.")

    def _go_to_joint(self, *, near: bool) -> bool:
        """Open the recording concatenated after the current one, if any; see :func:`joined.next_joint`."""
        path, kind = self._source.file, self.container.format.name
        while path is not None and (joint := joined.next_joint(path, kind, self._position, near=near)) is not None:
            self._position = joint
            self.container.close()
            try:
                following = Track(self._source, self._number, joint)
            except InputError as error:
                self.note(error)
                self.gave_up = True
                continue
            self.container, self.stream, self._base = following.container, following.stream, joint
            self._joint, self._looked = None, joint
            self.is_joined, self.is_broken = True, False
            return True
        return False

    def _look_ahead(self) -> None:
        path, kind = self._source.file, self.container.format.name
        if path is not None and kind == "ogg" and self._position + joined.NEAR // 2 > self._looked:
            self._joint = joined.next_joint(path, kind, self._position, near=True)
            self._looked = self._position + joined.NEAR

    def _is_much(self, undecoded: int, size: int) -> bool:
        """Whether the undecodable audio at the end, or the unread rest of the file, is more than tags."""
        path = self._source.file
        if path is None:
            # If no audio was undecodable, the structure was damaged, and the size of the rest is unknown.
            return not undecoded or undecoded > integrity.TOLERATED_SHARE * size
        left, whole = path.stat().st_size - self._position, path.stat().st_size
        return undecoded > integrity.TOLERATED_SHARE * size or left > integrity.TOLERATED_SHARE * whole

    def _decoded(self, packet: Any) -> list[av.AudioFrame]:
        try:
            return [frame for frame in packet.decode() if isinstance(frame, av.AudioFrame) and frame.sample_rate in PLAUSIBLE_RATES]
        except av.error.EOFError:
            return []
        except av.error.FFmpegError as error:  # a damaged part: continue after it, like media players
            self.note(error)
            return []

    def note(self, error: Exception) -> None:
        """Store the error."""
        self.error, self.is_broken = error, True
