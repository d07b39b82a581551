"""The output formats of transcripts, each written as segments arrive."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TextIO

from voicebridge.errors import AmbiguousNameError, UnknownNameError, UsageError, nearest
from voicebridge.speech import TranscriptWriter
from voicebridge.stt.formats import plain

__all__ = ["BUILT_IN", "FORMATS", "Format", "Formats", "extension_of"]


@dataclass(frozen=True, slots=True)
class Format:
    """An output format."""

    make: Callable[[Any, bool], TranscriptWriter]
    """Creates a writer for a file, a text or a binary one; the second argument is whether the user requested word timestamps.

    The caller owns and closes the file. Without word timestamps, the words of segments are used but not shown.
    """
    wants_words: bool = False
    """Whether word timestamps improve the result, even if they are not shown."""
    binary: bool = False
    """Whether the file is written as bytes; otherwise, as text in UTF-8."""
    speakers: bool = True
    """Whether it shows who speaks."""


def _subtitles(name: str, file: TextIO, words: bool) -> TranscriptWriter:
    from voicebridge.stt.formats import subtitles

    writer: TranscriptWriter = getattr(subtitles, name)(file, words)
    return writer


FORMATS: dict[str, Format] = {
    "txt": Format(plain.Txt),
    "srt": Format(partial(_subtitles, "Srt"), wants_words=True),
    "vtt": Format(partial(_subtitles, "Vtt"), wants_words=True),
    "json": Format(plain.Json),
    "tsv": Format(plain.Tsv),
    "csv": Format(plain.Csv),
    "lrc": Format(plain.Lrc),
    "md": Format(plain.Markdown),
    "ass": Format(partial(_subtitles, "Ass"), wants_words=True),
    "ttml": Format(partial(_subtitles, "Ttml"), wants_words=True),
}
"""The built-in formats by name, which is also their file extension."""


class Formats:
    """The built-in formats, and those of plugins, which are only loaded for a name that is not built in."""

    def __init__(self, load_others: Callable[[], Iterable[tuple[str, Format]]] = tuple) -> None:
        """Prepare; ``load_others`` returns the formats of plugins with their full names, ``plugin/name``."""
        self._load_others = load_others
        self._loaded: dict[str, Format] | None = None

    def __getitem__(self, name: str) -> Format:
        """The format of a name that :meth:`check` has returned."""
        return FORMATS[name] if name in FORMATS else self._others[name]

    def check(self, name: str) -> str:
        """The name of a built-in format, or the full name of a plugin's.

        Args:
            name: as the user wrote it: a short or a full name. A short name that is built in is never a plugin's.

        Raises:
            UnknownNameError: if there is none, with the closest name and all others.
            AmbiguousNameError: if several plugins have a format of that name.
        """
        wanted = name.strip().lower()
        if wanted in FORMATS:
            return wanted
        found = self._named(wanted)
        if not found:
            raise self._unknown(name)
        if len(found) > 1:
            raise AmbiguousNameError(f"The format {wanted!r} is ambiguous: {', '.join(found)}. Use a full name.")
        return found[0]

    def check_all(self, names: Iterable[str]) -> list[str]:
        """The result of :meth:`check` for each, without duplicates.

        Raises:
            UnknownNameError: as :meth:`check`.
            AmbiguousNameError: as :meth:`check`.
            UsageError: if two have the same file extension.
        """
        found: dict[str, str] = {}
        for name in map(self.check, names):
            rival = found.setdefault(extension_of(name), name)
            if rival != name:
                raise UsageError(f"The formats {rival} and {name} have the same file extension. Give one of them.")
        return list(found.values())

    def of_extension(self, extension: str) -> str | None:
        """The name of the format with that file extension; ``None`` if there is none.

        Raises:
            AmbiguousNameError: if several plugins have one.
        """
        wanted = extension.lower()
        return self.check(wanted) if wanted in FORMATS or self._named(wanted) else None

    def known(self) -> list[str]:
        """All names: those of plugins as short as they are unambiguous."""
        return [*FORMATS, *(name if self._is_shared(name) else extension_of(name) for name in self._others)]

    def wants_words(self, names: Iterable[str]) -> bool:
        """Whether word timestamps improve any of the formats."""
        return any(self[name].wants_words for name in names)

    @property
    def _others(self) -> dict[str, Format]:
        if self._loaded is None:
            self._loaded = dict(self._load_others())
        return self._loaded

    def _named(self, wanted: str) -> Sequence[str]:
        return [full for full in self._others if wanted in (full, extension_of(full))]

    def _is_shared(self, full_name: str) -> bool:
        short = extension_of(full_name)
        return short in FORMATS or len(self._named(short)) > 1

    def _unknown(self, name: str) -> UnknownNameError:
        known = self.known()
        several = [each.strip().lower() for each in name.split(",")]
        if len(several) > 1 and all(each in known for each in several):
            return UnknownNameError(f"{name!r} contains several formats. Give each with its own -f: -f {' -f '.join(several)}")
        return UnknownNameError(f"Unknown format {name!r}.{nearest(name, known)} Known: {', '.join(known)}.")


def extension_of(name: str) -> str:
    """The file extension of a format: its name without the plugin's."""
    return name.rpartition("/")[2]


BUILT_IN = Formats()
"""Only the built-in formats."""
