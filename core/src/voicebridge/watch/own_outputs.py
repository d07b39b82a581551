"""Which files of a watched folder are not inputs, whatever their name."""

from __future__ import annotations

from pathlib import Path

from voicebridge.audio.find_recordings import sounds
from voicebridge.journal.ledger import Ledger, storable
from voicebridge.watch.file_kinds import is_meant_by_name
from voicebridge.watch.plan import owned_places

_SOUNDS = ("wav", "mp3", "m4a", "m4b", "flac", "ogg", "opus", "aac", "wma", "mp4", "mkv", "mov", "webm")


def is_no_input(path: Path, ledger: Ledger, *, speaks: bool) -> bool:
    """Whether a file is our output or another machine's, or its name is ambiguous and its content is not a recording.

    Args:
        path: the file.
        ledger: has our outputs.
        speaks: whether documents are read aloud in this folder: a text next to a recording of its name counts as its transcript.

    Raises:
        OSError: if it can't be read.
    """
    key = storable(str(path))
    for place in owned_places(path):
        owner = ledger.owner(storable(str(place)))
        if owner is not None and any(output.path == key and output.is_as_it_was for output in owner.outputs):
            return True
    if speaks:
        is_known = ledger.at(key) is not None
        return not is_known and (_is_of_recording(path) or any(path.with_suffix(f".{each}").exists() for each in _SOUNDS))
    return not is_meant_by_name(path.name) and not sounds(path)


def _is_of_recording(path: Path) -> bool:
    """Whether a text has the name of a recording next to it, including the extension."""
    return is_meant_by_name(path.stem) and path.with_suffix("").exists()
