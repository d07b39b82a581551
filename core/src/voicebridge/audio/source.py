"""Open a file or stream with audio, with a one-line error if that fails."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import IO, Any

import av
import av.error
from av.container import InputContainer

from voicebridge.audio.mp4 import lacks_index
from voicebridge.audio.riff import is_chunk, repaired, repaired_head, stated_end
from voicebridge.audio.splice import Spliced
from voicebridge.errors import InputError

# Tags may be in any encoding; PyAV before 19 raises an error unless told otherwise.
_TAGS: dict[str, Any] = {"metadata_errors": "ignore"} if int(av.__version__.partition(".")[0]) < 19 else {}

# Playlists, including live ones that never end, and devices: a file must not lead to other files.
_NO_RECORDINGS = {"hls", "dash", "webm_dash_manifest", "concat", "imf", "sdp", "rtp", "rtsp", "image2", "lavfi", "tty", "data"}
_OPTIONS = {"format_whitelist": ",".join(sorted(av.formats_available - _NO_RECORDINGS))}

_HEAD = 4096
"""Bytes of a stream that are examined before reading the rest."""
_BARE_TAGS = 4096
"""Maximum bytes of tags outside a chunk after the samples."""
_MARK = 12
"""The bytes that identify a chunk."""


class Source:
    """A file, or a stream that can only be read forward."""

    def __init__(self, source: Path | IO[bytes], name: str | None = None) -> None:
        """Check ``source`` without opening it; ``name`` is its name in messages.

        Raises:
            InputError: if it doesn't exist, is empty, or can't contain audio.
        """
        self.name = name or str(source)
        self._source = source
        self._origin = 0 if isinstance(source, Path) or not _can_seek(source) else source.tell()
        self._opened: IO[bytes] | None = None
        self._stream: _Stream | None = None
        self.file: Path | None = None
        """The file, if it can be opened again and is seekable: not a stream or FIFO."""
        if isinstance(source, Path) and stat.S_ISREG(_check_file(source, self.name)):
            self.file = source

    @property
    def remedy(self) -> str:
        """What to do if it can't be read."""
        if self.file:
            return "Check that it plays, or convert it to WAV or MP3."
        return "Save it as a file and give that: some formats, such as MP4, can't be read from a pipe."

    def open(self, offset: int = 0) -> InputContainer:
        """Open it as a container; a file can be opened from the byte ``offset`` on, as if it started there.

        Raises:
            InputError: if FFmpeg's libraries don't recognise it.
        """
        try:
            # Never by name: because of an extension alone, FFmpeg would decode an archive as MP3, and "concat:" and "data:" are protocols.
            container: InputContainer = av.open(self._for_ffmpeg(offset), "r", options=_OPTIONS, **_TAGS)
        except (av.error.FFmpegError, ValueError, OSError) as error:
            self.close()
            if self.file and lacks_index(self.file):
                raise InputError(f"{self.name} is truncated: its index is missing. Copy it again from its source.") from error
            raise InputError(f"{self.name} contains no readable audio: {reason(error)}. {self.remedy}") from error
        return container

    def holds_more(self) -> bool:
        """Whether a WAV from a stream continues after the end stated in its header; known when it has been read to the end."""
        return self._stream is not None and self._stream.holds_more()

    def close(self) -> None:
        """Close what :meth:`open` opened besides the container."""
        if self._opened is not None:
            self._opened.close()

    def _for_ffmpeg(self, offset: int) -> _Stream | _File:
        file: IO[bytes]
        if isinstance(self._source, Path):
            self.close()
            self._opened = file = self._source.open("rb", buffering=0)
        else:
            file = self._source
        if self.file is None and not (self._opened is None and _can_seek(file)):
            self._stream = _Stream(file)
            return self._stream
        offset += self._origin
        pieces = repaired(file, offset)
        return _File(file, offset) if pieces is None else _File(Spliced(file, pieces), 0)


class _Stream:
    """A stream that can only be read forward; FFmpeg would treat a ``seek`` that always fails as a broken file."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._head: bytes | None = None
        self._passed = 0
        self._end: int | None = None
        self._after = b""

    def read(self, size: int) -> bytes:
        if self._head is None:
            content = self._source.read(_HEAD)
            self._passed, self._end = len(content), stated_end(content)
            self._head = repaired_head(content)
        if self._head:
            content, self._head = self._head[:size], self._head[size:]
            return content
        content = self._source.read(size)
        if self._end is not None and len(self._after) < _MARK and self._passed + len(content) > self._end:
            self._after += content[max(0, self._end - self._passed) :][:_MARK]
        self._passed += len(content)
        return content

    def holds_more(self) -> bool:
        """Whether samples continue after the end stated in a WAV's header; reads ahead."""
        while self._end is not None and self._passed < self._end + _BARE_TAGS and self.read(_BARE_TAGS):
            pass
        return self._end is not None and self._passed >= self._end + _BARE_TAGS and not (is_chunk(self._after) or is_chunk(self._after[1:]))


class _File:
    """A file without its name, from a position on."""

    def __init__(self, source: IO[bytes] | Spliced, begin: int) -> None:
        self._source = source
        self._begin = begin
        source.seek(begin)

    def read(self, size: int) -> bytes:
        return self._source.read(size)

    def seek(self, offset: int, whence: int) -> int:
        try:
            return self._source.seek(offset + (self._begin if whence == os.SEEK_SET else 0), whence) - self._begin
        except (OSError, ValueError):  # a damaged file may make FFmpeg seek anywhere; PyAV would print what is raised here
            return -1

    def tell(self) -> int:
        return self._source.tell() - self._begin


def _can_seek(source: IO[bytes]) -> bool:
    try:
        return source.seekable()
    except AttributeError:  # a user's stream with only a read method
        return False


def reason(error: Exception) -> str:
    """The message of an FFmpeg error, for use within a sentence."""
    text = getattr(error, "strerror", None) or str(error)
    return text[:1].lower() + text[1:].splitlines()[0].rstrip(".") if text else type(error).__name__


def _check_file(path: Path, name: str) -> int:
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise InputError(f"{name} is a folder. Give a file in it.")
        if stat.S_ISCHR(status.st_mode) or stat.S_ISBLK(status.st_mode):
            raise InputError(f"{name} is a device, not a recording. Give a file, or - for standard input.")
        if stat.S_ISREG(status.st_mode):
            if status.st_size == 0:
                raise InputError(f"{name} is empty (0 bytes). Record or copy it again.")
            with path.open("rb") as file:
                if file.read(10).removeprefix(b"\xef\xbb\xbf").startswith((b"#EXTM3U", b"ffconca")):
                    raise InputError(f"{name} is a playlist, not a recording. Give the recordings that it lists.")
    except FileNotFoundError as error:
        raise InputError(f"{name} does not exist. Check the name.") from error
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            short = f"{name[:60]}…" if len(name) > 60 else name
            raise InputError(f"{short} is too long for a file name. Give a file; to read a text aloud: voicebridge tts") from error
        raise InputError(f"{name} can't be opened: {error.strerror}. Check its permissions.") from error
    return status.st_mode
