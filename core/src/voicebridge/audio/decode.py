"""Decodes whatever FFmpeg's libraries can read, streamed: any container, codec, rate and channel count, by content and not by name.

The libraries come inside PyAV's wheel, so nothing has to be installed on the system (docs/adr/0003-decoding.md).
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import av
import av.error
from av.container import InputContainer

from voicebridge.audio.resample import Resampler
from voicebridge.errors import InputError
from voicebridge.speech import AudioChunk

CHUNK_SECONDS = 0.5
"""How much sound a chunk carries."""
MAX_BAD_PACKETS = 100
"""After so many packets in a row that can't be decoded the rest of the file is taken for broken."""


class AudioReader:
    """An audio or video file, or a stream, opened for reading its sound."""

    def __init__(self, source: Path | IO[bytes], name: str | None = None) -> None:
        """Open ``source`` and find its audio track; nothing is decoded yet.

        Args:
            source: a file, or a binary stream such as standard input.
            name: how to call it in messages; a path's own name by default.

        Raises:
            InputError: when it can't be read or holds no audio.
        """
        self.name = name or str(source)
        self._remedy = _FILE_REMEDY if isinstance(source, Path) else _STREAM_REMEDY
        if isinstance(source, Path):
            _check_file(source, self.name)
        try:
            self._container = _open(str(source) if isinstance(source, Path) else _Stream(source))
        except (av.error.FFmpegError, ValueError) as error:
            raise InputError(f"{self.name} holds no audio that can be read: {_reason(error)}. {self._remedy}") from error
        self._track = self._container.streams.best("audio")
        if self._track is None or self._track.codec_context is None:
            kind = "a video without sound" if self._container.streams.video else "no audio or video file"
            self._container.close()
            raise InputError(f"{self.name} is {kind}. {self._remedy}")

    @property
    def duration(self) -> float | None:
        """Seconds, where the file says."""
        track: Any = self._track
        if track.duration is not None and track.time_base is not None:
            return float(track.duration * track.time_base)
        return self._container.duration / av.time_base if self._container.duration else None

    def chunks(self, sample_rate: int) -> Generator[AudioChunk, None, None]:
        """Yield the sound at ``sample_rate`` (Hz), half a second at a time.

        Raises:
            InputError: when nothing of it can be decoded.
        """
        position = None
        with closing(Resampler(sample_rate, round(sample_rate * CHUNK_SECONDS))) as resampler:
            for frame in self._frames():
                if position is None:
                    position = self._start_of(frame)
                for samples in resampler.feed(frame):
                    yield AudioChunk(samples, sample_rate, position)
                    position += len(samples) / sample_rate
            if position is None:
                raise InputError(f"{self.name} holds an audio track but no sound. {self._remedy}")
            for samples in resampler.finish():
                yield AudioChunk(samples, sample_rate, position)
                position += len(samples) / sample_rate

    def close(self) -> None:
        """Let go of the file."""
        self._container.close()

    def __enter__(self) -> AudioReader:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _frames(self) -> Iterator[av.AudioFrame]:
        bad, decoded = 0, False
        packets = self._container.demux(self._track)
        while True:
            try:
                packet = next(packets, None)
                frames = [] if packet is None else packet.decode()
            except av.error.EOFError:
                return
            except av.error.FFmpegError as error:  # a damaged stretch: go on after it, as players do
                bad += 1
                if bad > MAX_BAD_PACKETS or isinstance(error, OSError):
                    if decoded:
                        return
                    raise InputError(f"{self.name} can't be decoded: {_reason(error)}. {self._remedy}") from error
                continue
            if packet is None:
                return
            for frame in frames:
                if isinstance(frame, av.AudioFrame):
                    bad, decoded = 0, True
                    yield frame

    def _start_of(self, frame: av.AudioFrame) -> float:
        # In a video the sound may begin later than the picture; times count from the beginning of the file, as a player shows it.
        begins = (self._container.start_time or 0) / av.time_base
        return max(0.0, frame.time - begins) if frame.time is not None else 0.0


_FILE_REMEDY = "Play it to see whether it is whole, or convert it to WAV or MP3."
_STREAM_REMEDY = "Save it as a file and name that: some formats, MP4 among them, can't be read from a pipe."


# Tags may be in any encoding; before PyAV 19, which takes them as they are, that was an error unless one said otherwise.
_TAGS: dict[str, Any] = {"metadata_errors": "ignore"} if int(av.__version__.partition(".")[0]) < 19 else {}


class _Stream:
    """A stream that can only be read forward; FFmpeg would take a ``seek`` that always fails for a broken file."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source

    def read(self, size: int) -> bytes:
        return self._source.read(size)


def _open(source: str | _Stream) -> InputContainer:
    container: InputContainer = av.open(source, "r", **_TAGS)
    return container


def _check_file(path: Path, name: str) -> None:
    try:
        if path.is_dir():
            raise InputError(f"{name} is a folder. Name a file in it.")
        if path.stat().st_size == 0 and path.is_file():
            raise InputError(f"{name} is empty (0 bytes). Record or copy it again.")
        with path.open("rb"):
            pass
    except FileNotFoundError as error:
        raise InputError(f"{name} does not exist. Check the name.") from error
    except OSError as error:
        raise InputError(f"{name} can't be opened: {error.strerror}. Check its permissions.") from error


def _reason(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error)
    return text[:1].lower() + text[1:].splitlines()[0].rstrip(".") if text else type(error).__name__
