"""Sound files in the codecs of FFmpeg's libraries: FLAC, MP3, Opus and AAC, with tags and chapters."""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

import av
import av.error
import numpy as np
import numpy.typing as npt
from av.stream import Disposition

from voicebridge.audio.languages import three_letters
from voicebridge.audio.pcm import bounded, to_pcm
from voicebridge.audio.sound_file import Tags
from voicebridge.errors import NotSupportedError, cannot_write

BLOCK_SECONDS = 1
"""How much sound goes into an encoder at a time."""
SHORTEST = 0.1
"""Seconds that a file has at least; silence makes up for what is missing."""
_PICTURES = {b"\xff\xd8\xff": "jpeg_pipe", b"\x89PNG": "png_pipe"}
_MOST_PIXELS = "40000000"
_MILLISECONDS = Fraction(1, 1000)


@dataclass(frozen=True)
class _Format:
    """How a format is made of one of FFmpeg's containers and one of its encoders."""

    container: str
    encoder: str
    options: Mapping[str, str] = field(default_factory=dict)
    """For the encoder."""
    own: Mapping[str, str] = field(default_factory=dict)
    """For the container."""
    sample: str = "flt"
    """What the encoder is given."""
    most_chapters: int = 1000
    chapters_at_end: bool = False
    """Whether the container's chapters may be made known when all sound is in it."""
    chapters_in_tags: bool = False
    """Whether they go into the tags, by names that players have agreed upon, because FFmpeg has no other place for them."""
    has_cover: bool = False
    """Whether FFmpeg can put a picture into it."""


# Measured on read speech, mono, 22,050 Hz: docs/adr/0014-sound-and-desktop.md. FFmpeg counts qualities in steps of 118.
# It puts an Opus file's chapters down up to a second late, and counts those of an MP3 in one byte.
_OPUS = _Format("ogg", "libopus", {"b": "32000", "application": "voip"}, chapters_in_tags=True)
_FORMATS = {
    "flac": _Format("flac", "flac", sample="s16", chapters_in_tags=True, has_cover=True),
    "mp3": _Format("mp3", "libmp3lame", {"global_quality": f"{3 * 118}", "flags": "+qscale"}, most_chapters=255, has_cover=True),
    "opus": _OPUS,
    "ogg": _OPUS,
    "m4b": _Format("mp4", "aac", {"b": "64000"}, {"brand": "M4B "}, most_chapters=10_000, chapters_at_end=True, has_cover=True),
}


@dataclass(frozen=True, slots=True)
class _Chapter:
    begin: int
    """Milliseconds."""
    title: str


class EncodedFile:
    """A sound file under way."""

    def __init__(self, path: Path, format: str, sample_rate: int, tags: Tags, target: Path) -> None:  # noqa: A002
        """Begin the file; see :func:`voicebridge.audio.sound_file.open_sound`."""
        self._name, self._format, self._rate, self._tags, self._target = format, _FORMATS[format], sample_rate, tags, target
        self._chapters: list[_Chapter] = []
        self._samples = 0
        encoder = _encoder(format)
        with self._told():
            self._file: BinaryIO = path.open("w+b", buffering=0)
        try:
            self._container: Any = av.open(self._file, "w", format=self._format.container, container_options=dict(self._format.own))
            self._stream: Any = self._container.add_stream(
                encoder.name, rate=_nearest_rate(encoder, sample_rate), layout="mono", options=dict(self._format.options)
            )
            _describe(self._container, self._stream, format, tags)
            cover = self._add_cover(self._container)
            with self._told():
                self._container.start_encoding()
                if cover is not None:
                    self._container.mux(cover)
        except BaseException:
            self.abort()
            raise

    @property
    def position(self) -> float:
        """Seconds of sound that have been written."""
        return self._samples / self._rate

    def write(self, samples: npt.NDArray[np.float32]) -> None:
        """Append sound."""
        block = BLOCK_SECONDS * self._rate
        with self._told():
            for at in range(0, len(samples), block):
                frame = self._frame(samples[at : at + block])
                self._samples += frame.samples
                self._container.mux(self._stream.encode(frame))

    def chapter(self, title: str) -> None:
        """Begin a chapter; one that nothing has been said in gives way to it."""
        begin = round(self.position / _MILLISECONDS)
        if self._chapters and self._chapters[-1].begin == begin:
            self._chapters.pop()
        self._chapters.append(_Chapter(begin, title))

    def close(self) -> None:
        """Finish the file."""
        if (missing := round(SHORTEST * self._rate) - self._samples) > 0:  # some encoders give nothing at all for next to nothing
            self.write(np.zeros(missing, np.float32))
        with self._told():
            self._container.mux(self._stream.encode(None))
            chapters = list(self._marks()) if len(self._chapters) <= self._format.most_chapters else []
            if chapters and self._format.chapters_at_end:
                self._container.set_chapters(chapters)
            self._container.close()
            if chapters and not self._format.chapters_at_end:
                self._insert(chapters)
            self._file.close()

    def abort(self) -> None:
        """Let go of the file."""
        with suppress(OSError):
            self._file.close()  # first, so that the container finds nothing to be finished
        with suppress(av.error.FFmpegError, OSError, ValueError, AttributeError):
            self._container.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (av.error.FFmpegError, OSError) as error:
            raise cannot_write(self._target, error) from error

    def _frame(self, samples: npt.NDArray[np.float32]) -> av.AudioFrame:
        array: Any = np.frombuffer(to_pcm(samples), np.int16) if self._format.sample == "s16" else bounded(samples)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(array[np.newaxis]), format=self._format.sample, layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = self._rate, self._samples, Fraction(1, self._rate)
        return frame

    def _add_cover(self, container: Any) -> Any:
        """A place for the cover's picture, and the packet that is to be written there first; ``None`` where there is none."""
        picture = self._tags.cover or b""
        kind = next((kind for magic, kind in _PICTURES.items() if picture.startswith(magic)), None)
        if kind is None or not self._format.has_cover:
            return None
        try:
            options: Any = [{"max_pixels": _MOST_PIXELS}]
            with av.open(io.BytesIO(picture), "r", format=kind, stream_options=options) as source:
                found = source.streams.video[0]
                packet: Any = next(each for each in source.demux(found) if each.size)
                if not found.width or not found.height:
                    return None
                packet.stream = container.add_stream_from_template(found)
        except (av.error.FFmpegError, ValueError, IndexError, StopIteration):  # a book without a picture is better than none
            return None
        packet.stream.disposition = Disposition.attached_pic
        packet.pts = packet.dts = 0
        return packet

    def _marks(self) -> Iterator[dict[str, Any]]:
        ends = [*(chapter.begin for chapter in self._chapters), round(self.position / _MILLISECONDS)][1:]
        for number, (chapter, end) in enumerate(zip(self._chapters, ends, strict=True)):
            title = {"title": _clean(chapter.title)}
            yield {"id": number, "start": chapter.begin, "end": end, "time_base": _MILLISECONDS, "metadata": title}

    def _insert(self, chapters: list[dict[str, Any]]) -> None:
        """Write the file again, its sound as it is, behind a header with chapters: they had to be known when the header was written."""
        with tempfile.TemporaryFile(dir=Path(self._file.name).parent) as whole:  # without a name, or gone with the process
            self._file.seek(0)
            with av.open(self._file, "r") as source, closing(av.open(whole, "w", format=self._format.container)) as container:
                stream: Any = container.add_stream_from_template(source.streams.audio[0])
                _describe(container, stream, self._name, self._tags)
                cover = self._add_cover(container)
                if self._format.chapters_in_tags:
                    container.metadata.update(_as_tags(chapters))
                else:
                    container.set_chapters(chapters)  # type: ignore[arg-type]
                if cover is not None:
                    container.mux(cover)
                for packet in source.demux(source.streams.audio[0]):
                    if packet.dts is not None:
                        packet.stream = stream
                        container.mux(packet)
            whole.seek(0)
            self._file.seek(0)
            shutil.copyfileobj(whole, self._file, 1 << 20)
            self._file.truncate()


def _encoder(format: str) -> Any:  # noqa: A002
    try:
        return av.Codec(_FORMATS[format].encoder, "w")
    except ValueError as error:  # what PyAV raises for one that it doesn't have
        from voicebridge.installing import remedy

        whole = remedy("av", reinstall=True)
        raise NotSupportedError(
            f"The FFmpeg that is installed here can't write {format}. Choose another format, or take PyAV's own package: {whole}"
        ) from error


def _nearest_rate(encoder: Any, sample_rate: int) -> int:
    """The lowest rate (Hz) at which nothing of the sound is lost, of those that the encoder knows."""
    rates: list[int] = encoder.audio_rates or [sample_rate]
    return min((rate for rate in rates if rate >= sample_rate), default=max(rates))


def _describe(container: Any, stream: Any, format: str, tags: Tags) -> None:  # noqa: A002
    told = {
        "title": tags.title,
        "artist": tags.artist,
        "album": tags.album,
        "comment": tags.comment,
        "date": tags.year,
        "genre": tags.genre,
        "grouping": tags.series,
    }
    if tags.language and format == "m4b":
        stream.metadata["language"] = three_letters(tags.language)
    else:
        told["language"] = three_letters(tags.language) if tags.language and format == "mp3" else tags.language
    if format == "m4b":
        told["media_type"] = "2"  # an audiobook, to Apple's players
    container.metadata.update({name: _clean(value) for name, value in told.items() if value})


def _as_tags(chapters: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for chapter in chapters:
        name = f"CHAPTER{chapter['id']:03d}"
        seconds, milliseconds = divmod(chapter["start"], 1000)
        yield name, f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{milliseconds:03d}"
        yield f"{name}NAME", chapter["metadata"]["title"]


def _clean(text: str) -> str:
    """What FFmpeg can take: valid Unicode on one line, without the character that ends a string in C."""
    return " ".join(text.replace("\0", " ").split()).encode("utf-8", "replace").decode()
