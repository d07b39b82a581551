"""A note at the place of a file's output that gives the reason for a failure."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from voicebridge.files.atomic import OutputFile, fitting
from voicebridge.watch.file_kinds import NOTE

_HEAD = "This file could not be processed."
_HEAD_OF_PART = "This file was processed only in part."
_TAIL_OF_PART = "The finished part is here. It will be processed again when the file changes."
_TAIL = "It will be processed again when the file changes, or when this note is deleted."


def note_at(target: Path) -> Path:
    """The note's path for the output ``target``."""
    return target.with_name(fitting(target.stem, NOTE))


def write_note(target: Path, recording: Path, problem: str, *, is_partial: bool = False) -> Path:
    """Write atomically why there is no ``target``, or why it ``is_partial``.

    Raises:
        OutputError: if it can't be written.
    """
    head, tail = (_HEAD_OF_PART, _TAIL_OF_PART) if is_partial else (_HEAD, _TAIL)
    note = OutputFile(note_at(target))
    try:
        note.file.write(f"{head}\n\n{recording.name}\n{problem}\n\n{tail}\n")
        note.settle()
        return note.commit()
    finally:
        note.discard()


def has_note(target: Path) -> bool:
    """Whether there is a note written by us."""
    try:
        with note_at(target).open(encoding="utf-8", errors="replace") as file:
            return file.readline().rstrip() in (_HEAD, _HEAD_OF_PART)
    except OSError:
        return False


def remove_note(target: Path) -> None:
    """Remove the note, if it was written by us."""
    if has_note(target):
        with suppress(OSError):
            note_at(target).unlink()
