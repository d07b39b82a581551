"""Encode audio files with FFmpeg's libraries: FLAC, MP3, Opus and AAC, with tags and chapters."""

from __future__ import annotations

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

from voicebridge.audio.covers import NO_COVER, cover_tag, opened_cover
from voicebridge.audio.pcm import bounded, to_pcm
from voicebridge.audio.tags import Tags
from voicebridge.errors import NotSupportedError, cannot_write
from voicebridge.languages import three_letters

BLOCK_SECONDS = 1
"""The amount of audio per encoder call."""
SHORTEST = 0.1
"""Minimum seconds of a file; silence is added if it is shorter."""
_MILLISECONDS = Fraction(1, 1000)


@dataclass(frozen=True)
class _Format:
    """The FFmpeg container and encoder of a format."""

    container: str
    encoder: str
    options: Mapping[str, str] = field(default_factory=dict)
    """For the encoder."""
    own: Mapping[str, str] = field(default_factory=dict)
    """For the container."""
    sample: str = "flt"
    """The sample format for the encoder."""
    most_chapters: int = 1000
    chapters_at_end: bool = False
    """Whether the container accepts chapters after all audio was written."""
    chapters_in_tags: bool = False
    """Whether chapters are written as tags, by established names, because FFmpeg has no other place for them."""
    has_cover: bool = False
    """Whether FFmpeg supports a cover image in it."""
    cover_in_tags: bool = False
    """Whether the image is written as a tag, as for Vorbis comments, because FFmpeg has no other place for it."""


# Measured on read speech, mono, 22,050 Hz: docs/adr/0014-sound-and-desktop.md. FFmpeg counts qualities in steps of 118. It writes an Opus
# file's chapters up to a second late, and counts those of an MP3 in one byte.
_OPUS = _Format("ogg", "libopus", {"b": "32000", "application": "voip"}, chapters_in_tags=True, cover_in_tags=True)
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
    """An audio file being written."""

    def __init__(self, path: Path, format: str, sample_rate: int, tags: Tags, target: Path) -> None:  # noqa: A002
        """Start the file; see :func:`voicebridge.audio.sound_file.open_sound`."""
        self._name, self._format, self._rate, self._tags, self._target = format, _FORMATS[format], sample_rate, tags, target
        self._chapters: list[_Chapter] = []
        self._samples = 0
        encoder = _encoder(format)
        with self._translate_errors():
            self._file: BinaryIO = path.open("w+b", buffering=0)
        try:
            self._container: Any = av.open(self._file, "w", format=self._format.container, container_options=dict(self._format.own))
            self._stream: Any = self._container.add_stream(
                encoder.name, rate=_nearest_rate(encoder, sample_rate), layout="mono", options=dict(self._format.options)
            )
            _describe(self._container, self._stream, format, tags)
            cover = self._add_cover(self._container)
            with self._translate_errors():
                self._container.start_encoding()
                if cover is not None:
                    self._container.mux(cover)
        except BaseException:
            self.abort()
            raise

    @property
    def position(self) -> float:
        """Seconds of audio written."""
        return self._samples / self._rate

    def write(self, samples: npt.NDArray[np.float32]) -> None:
        """Append audio."""
        block = BLOCK_SECONDS * self._rate
        with self._translate_errors():
            for at in range(0, len(samples), block):
                frame = self._frame(samples[at : at + block])
                self._samples += frame.samples
                self._container.mux(self._stream.encode(frame))

    def chapter(self, title: str) -> None:
        """Start a chapter; it replaces an empty one."""
        begin = round(self.position / _MILLISECONDS)
        if self._chapters and self._chapters[-1].begin == begin:
            self._chapters.pop()
        self._chapters.append(_Chapter(begin, title))

    def close(self) -> None:
        """Finish the file."""
        if (missing := round(SHORTEST * self._rate) - self._samples) > 0:  # some encoders return nothing for very short audio
            self.write(np.zeros(missing, np.float32))
        with self._translate_errors():
            self._container.mux(self._stream.encode(None))
            chapters = list(self._marks()) if len(self._chapters) <= self._format.most_chapters else []
            if chapters and self._format.chapters_at_end:
                self._container.set_chapters(chapters)
            self._container.close()
            if chapters and not self._format.chapters_at_end:
                self._insert(chapters)
            self._file.close()

    def abort(self) -> None:
        """Close the file."""
        with suppress(OSError):
            self._file.close()  # first, so that the container has nothing to finish
        with suppress(av.error.FFmpegError, OSError, ValueError, AttributeError):
            self._container.close()

    @contextmanager
    def _translate_errors(self) -> Iterator[None]:
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
        """The stream for the cover image, and the packet to write to it first; ``None`` if there is none."""
        if not self._format.has_cover:
            return None
        try:
            with opened_cover(self._tags.cover or b"") as (found, packet):
                packet.stream = container.add_stream_from_template(found)
        except NO_COVER:  # a book without a cover is better than none
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
        """Write the file again without re-encoding, with chapters in the header: they had to be known when the header was written."""
        with tempfile.TemporaryFile(dir=Path(self._file.name).parent) as whole:  # unnamed, or deleted with the process
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
    except ValueError as error:  # raised by PyAV for an encoder that is missing
        from voicebridge.installing import remedy

        whole = remedy("av", reinstall=True)
        raise NotSupportedError(
            f"The FFmpeg that is installed here can't write {format}. Choose another format, or install PyAV's own package: {whole}"
        ) from error


def _nearest_rate(encoder: Any, sample_rate: int) -> int:
    """The lowest sample rate (Hz) of the encoder that loses nothing."""
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
        told["media_type"] = "2"  # marks an audiobook for Apple's players
    if tags.cover and _FORMATS[format].cover_in_tags:
        with suppress(*NO_COVER):
            told["METADATA_BLOCK_PICTURE"] = cover_tag(tags.cover)
    container.metadata.update({name: _clean(value) for name, value in told.items() if value})


def _as_tags(chapters: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for chapter in chapters:
        name = f"CHAPTER{chapter['id']:03d}"
        seconds, milliseconds = divmod(chapter["start"], 1000)
        yield name, f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{milliseconds:03d}"
        yield f"{name}NAME", chapter["metadata"]["title"]


def _clean(text: str) -> str:
    """Text that FFmpeg accepts: valid Unicode on one line, without null characters."""
    return " ".join(text.replace("\0", " ").split()).encode("utf-8", "replace").decode()
