"""A transcript in Python: its segments, written to and read from files."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from voicebridge.errors import InputError, UsageError
from voicebridge.files.atomic import OutputFile
from voicebridge.runtime.load import registry
from voicebridge.speech import Segment, TranscriptInfo, Word, joined_text
from voicebridge.stt.choose import formats_of


@dataclass(frozen=True, slots=True)
class Transcript:
    """The transcript of a whole recording."""

    segments: tuple[Segment, ...]
    duration: float
    """Seconds of audio that were processed."""
    model: str
    """Full name of the model, ``plugin/model``."""
    language: str | None = None
    """ISO 639-1 code."""
    task: str = "transcribe"
    """``transcribe`` or ``translate``."""

    @property
    def text(self) -> str:
        """The text of all segments, joined with spaces, but without one between Chinese or Japanese sentences."""
        return joined_text(self.segments)

    def write(self, path: str | os.PathLike[str], format: str | None = None) -> Path:  # noqa: A002 - the name of the flag
        """Write it to a file as ``voicebridge stt -f FORMAT`` does, atomically; an existing one is replaced.

        Args:
            path: of the file.
            format: a format of ``voicebridge stt``; by default, the one of the file's extension.

        Raises:
            UnknownNameError: if there is no such format.
            UsageError: if the file has no known extension.
            OutputError: if it can't be written.
        """
        target = Path(path)
        formats = formats_of(lambda: registry(None))
        name = formats.check(format) if format else formats.of_extension(target.suffix.removeprefix("."))
        if name is None:
            known = ", .".join(formats.known())
            raise UsageError(f"{target} has no known extension. End its name with one of .{known}, or give a format.")
        file = OutputFile(target, binary=formats[name].binary)
        try:
            writer = formats[name].make(file.file, any(segment.words for segment in self.segments))
            for segment in self.segments:
                writer.write(segment)
            writer.finish(TranscriptInfo(self.duration, self.language, self.model, self.task))
            file.settle()
            return file.commit()
        finally:
            file.discard()

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read a transcript that was written as JSON, by :meth:`write` or ``voicebridge stt -f json``.

        Raises:
            InputError: if the file can't be read, or is not such a transcript.
        """
        source = Path(path)
        try:
            return cls._parsed(json.loads(source.read_text(encoding="utf-8")))
        except OSError as error:
            raise InputError(f"{source} can't be opened: {error.strerror or error}. Check the name.") from error
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise InputError(f"{source} is not a transcript in VoiceBridge's JSON. Write one with: voicebridge stt FILE -f json") from error

    @classmethod
    def _parsed(cls, found: Mapping[str, Any]) -> Self:
        segments = tuple(_segment(each) for each in found["segments"])
        language = found.get("language")
        return cls(
            segments, float(found["duration"]), str(found["model"]), language and str(language), str(found.get("task", "transcribe"))
        )


def _segment(found: Mapping[str, Any]) -> Segment:
    words = tuple(
        Word(float(word["start"]), float(word["end"]), str(word["word"]), _number(word.get("probability")))
        for word in found.get("words", ())
    )
    return Segment(
        float(found["start"]),
        float(found["end"]),
        str(found["text"]),
        words,
        speaker=_text(found.get("speaker")),
        language=_text(found.get("language")),
        avg_logprob=_number(found.get("avg_logprob")),
        no_speech_prob=_number(found.get("no_speech_prob")),
    )


def _text(found: Any) -> str | None:
    return None if found is None else str(found)


def _number(found: Any) -> float | None:
    return None if found is None else float(found)
