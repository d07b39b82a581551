"""A note beside where a file's output would be, that says why there is none."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from voicebridge.sinks.files import OutputFile, fitting
from voicebridge.watch.kinds import NOTE

_HEAD = "VoiceBridge could not do this file."
_HEAD_OF_PART = "VoiceBridge could do only a part of this file."
_TAIL_OF_PART = "What could be done is here; the rest will be when the file changes."
_TAIL = "It will be tried again when the file changes, or when this note is deleted."


def note_at(target: Path) -> Path:
    """Where the note stands of what would be written to ``target``."""
    return target.with_name(fitting(target.stem, NOTE))


def write_note(target: Path, recording: Path, problem: str, *, is_partial: bool = False) -> Path:
    """Write, whole or not at all, why there is no ``target``, or why it ``is_partial``.

    Raises:
        OutputError: when it can't be written.
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
    """Whether there is a note of ours."""
    try:
        with note_at(target).open(encoding="utf-8", errors="replace") as file:
            return file.readline().rstrip() in (_HEAD, _HEAD_OF_PART)
    except OSError:
        return False


def remove_note(target: Path) -> None:
    """Remove the note, where it is ours."""
    if has_note(target):
        with suppress(OSError):
            note_at(target).unlink()
