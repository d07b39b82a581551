"""Which files of a watched folder are meant: recordings, or documents where they are to be read aloud."""

from __future__ import annotations

from pathlib import PurePath

from voicebridge.audio.find import kind_of
from voicebridge.text.document import SUFFIXES

NOTE = ".error.txt"
"""What the name of a note about a failure ends with."""


def may_be_meant(name: str, *, speak: bool) -> bool:
    """Whether a file of that name may be one to be done; with an ending that nobody knows its content decides.

    Hidden files, notes about failures, and what is under way by its name never are.
    """
    if name.startswith(".") or name.endswith((NOTE, "~")):
        return False
    is_document = PurePath(name).suffix.lower() in SUFFIXES
    return is_document if speak else not is_document and kind_of(name) != "other"


def is_meant_by_name(name: str) -> bool:
    """Whether a file's name alone says that it is a recording."""
    return kind_of(name) == "recording"
