"""Opens what holds sound, a file or a stream, and says in one line why it can't be opened."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import IO, Any

import av
import av.error
from av.container import InputContainer

from voicebridge.audio.mp4 import lacks_index
from voicebridge.errors import InputError

# Tags may be in any encoding; before PyAV 19, which takes them as they are, that was an error unless one said otherwise.
_TAGS: dict[str, Any] = {"metadata_errors": "ignore"} if int(av.__version__.partition(".")[0]) < 19 else {}

# Lists of other files, live ones that never end among them, and devices: nothing that a file given to us may lead to.
_NO_RECORDINGS = {"hls", "dash", "webm_dash_manifest", "concat", "imf", "sdp", "rtp", "rtsp", "image2", "lavfi", "tty", "data"}
_OPTIONS = {"format_whitelist": ",".join(sorted(av.formats_available - _NO_RECORDINGS))}


class Source:
    """A file, or a stream that can only be read forward."""

    def __init__(self, source: Path | IO[bytes], name: str | None = None) -> None:
        """Look at ``source``, without opening it yet; ``name`` is how to call it in messages.

        Raises:
            InputError: when it is not there, is empty, or is nothing that could hold sound.
        """
        self.name = name or str(source)
        self._source = source
        self._opened: IO[bytes] | None = None
        self.file: Path | None = None
        """The file, where it is one that can be opened again and read from any place: no stream, no FIFO."""
        if isinstance(source, Path) and stat.S_ISREG(_check_file(source, self.name)):
            self.file = source

    @property
    def remedy(self) -> str:
        """What to do when it can't be read."""
        if self.file:
            return "Play it to see whether it is whole, or convert it to WAV or MP3."
        return "Save it as a file and name that: some formats, MP4 among them, can't be read from a pipe."

    def open(self, offset: int = 0) -> InputContainer:
        """Open it as a container; a file may be opened from the byte ``offset`` on, as though nothing stood before.

        Raises:
            InputError: when it holds nothing that FFmpeg's libraries know.
        """
        try:
            # Never by name: an extension alone would make FFmpeg hear an archive as MP3, and "concat:" or "data:" are protocols to it.
            container: InputContainer = av.open(self._for_ffmpeg(offset), "r", options=_OPTIONS, **_TAGS)
        except (av.error.FFmpegError, ValueError, OSError) as error:
            self.close()
            if self.file and lacks_index(self.file):
                raise InputError(f"{self.name} breaks off before its index and can't be read. Copy it again from where it came.") from error
            raise InputError(f"{self.name} holds no audio that can be read: {reason(error)}. {self.remedy}") from error
        return container

    def close(self) -> None:
        """Let go of what :meth:`open` opened besides the container."""
        if self._opened is not None:
            self._opened.close()

    def _for_ffmpeg(self, offset: int) -> _Stream:
        if not isinstance(self._source, Path):
            return _File(self._source, self._source.tell() + offset) if _can_seek(self._source) else _Stream(self._source)
        self.close()
        self._opened = self._source.open("rb", buffering=0)
        return _File(self._opened, offset) if self.file else _Stream(self._opened)


class _Stream:
    """A stream that can only be read forward; FFmpeg would take a ``seek`` that always fails for a broken file."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source

    def read(self, size: int) -> bytes:
        return self._source.read(size)


class _File(_Stream):
    """A file without its name, from some place on."""

    def __init__(self, source: IO[bytes], begin: int) -> None:
        super().__init__(source)
        self._begin = begin
        source.seek(begin)

    def seek(self, offset: int, whence: int) -> int:
        try:
            return self._source.seek(offset + (self._begin if whence == os.SEEK_SET else 0), whence) - self._begin
        except (OSError, ValueError):  # a damaged file may send FFmpeg anywhere; PyAV would print what is raised here
            return -1

    def tell(self) -> int:
        return self._source.tell() - self._begin


def _can_seek(source: IO[bytes]) -> bool:
    try:
        return source.seekable()
    except AttributeError:  # a stream of somebody's own, which can be read and no more
        return False


def reason(error: Exception) -> str:
    """What an error of FFmpeg's says, to go on within a sentence."""
    text = getattr(error, "strerror", None) or str(error)
    return text[:1].lower() + text[1:].splitlines()[0].rstrip(".") if text else type(error).__name__


def _check_file(path: Path, name: str) -> int:
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise InputError(f"{name} is a folder. Name a file in it.")
        if stat.S_ISCHR(status.st_mode) or stat.S_ISBLK(status.st_mode):
            raise InputError(f"{name} is a device, not a recording. Name a file, or - for standard input.")
        if stat.S_ISREG(status.st_mode):
            if status.st_size == 0:
                raise InputError(f"{name} is empty (0 bytes). Record or copy it again.")
            with path.open("rb") as file:
                if file.read(7) in (b"#EXTM3U", b"ffconca"):
                    raise InputError(f"{name} is a playlist, not a recording. Name the recordings that it lists.")
    except FileNotFoundError as error:
        raise InputError(f"{name} does not exist. Check the name.") from error
    except OSError as error:
        raise InputError(f"{name} can't be opened: {error.strerror}. Check its permissions.") from error
    return status.st_mode
