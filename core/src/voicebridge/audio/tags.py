"""Metadata of audio files."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tags:
    """Metadata of an audio file, for players."""

    title: str | None = None
    artist: str | None = None
    album: str | None = None
    language: str | None = None
    """ISO 639-1 code."""
    comment: str | None = None
    year: str | None = None
    genre: str | None = None
    series: str | None = None
    cover: bytes | None = None
    """A JPEG or PNG cover image; written in all formats but wav."""


NO_TAGS = Tags()
