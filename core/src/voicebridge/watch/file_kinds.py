"""Which files of a watched folder are processed: recordings, or documents if they are read aloud."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import PurePath

from voicebridge.audio.find_recordings import kind_of

NOTE = ".error.txt"
"""The end of an error note's name."""


def may_be_meant(name: str, documents: Collection[str], *, speak: bool) -> bool:
    """Whether a file of that name may be processed; with an unknown extension, its content decides.

    Hidden files, error notes and unfinished downloads never are.

    Args:
        name: of the file.
        documents: the suffixes of documents.
        speak: whether documents are processed, instead of recordings.
    """
    if name.startswith(".") or name.endswith((NOTE, "~")):
        return False
    is_document = PurePath(name).suffix.lower() in documents
    return is_document if speak else not is_document and kind_of(name) != "other"


def is_meant_by_name(name: str) -> bool:
    """Whether a file's name alone identifies it as a recording."""
    return kind_of(name) == "recording"
