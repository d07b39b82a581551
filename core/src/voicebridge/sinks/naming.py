"""Decides what the transcripts are called and where they go; plain values in, plain values out."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from voicebridge.errors import OutputError, UsageError
from voicebridge.sinks.formats import FORMATS, check_format

STDOUT = Path("-")
"""Stands for standard output."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Where the transcripts of one recording go."""

    recording: Path
    targets: tuple[tuple[str, Path], ...]
    """(format, file) pairs; the file may be :data:`STDOUT`."""


def plan_outputs(recordings: Sequence[Path], formats: Sequence[str], out: str | None) -> list[Plan]:
    """Decide for every recording which files are written.

    Without formats and ``out`` the text goes to standard output. Formats alone write beside each recording, ``out`` names a file or
    a folder. Two recordings that differ in extension only keep it (``a.wav.txt``), so that neither overwrites the other.

    Args:
        recordings: paths; ``-`` is standard input.
        formats: names of formats, perhaps none.
        out: a file, a folder, ``-`` for standard output, or nothing.

    Raises:
        UnknownNameError: when there is no such format.
        UsageError: when the choices don't go together.
        OutputError: when ``out`` is a folder that does not exist.
    """
    formats = list(dict.fromkeys(check_format(name) for name in formats))
    if out == "-" or (out is None and (not formats or recordings == [STDOUT])):
        return _to_stdout(recordings, formats)
    folder = _folder(out, recordings, formats)
    if folder is not None or out is None:
        return _beside(recordings, formats or ["txt"], folder)
    return [_to_file(recordings[0], formats, Path(out))]


def check_target(target: Path, *, overwrite: bool) -> None:
    """Refuse a target that would not come out well, before any work is done.

    Raises:
        OutputError: when it exists and must not be replaced, or its folder is missing or closed to us.
    """
    if target == STDOUT:
        return
    if target.is_dir():
        raise OutputError(f"{target} is a folder. Name a file, or end the name with '/' to write into the folder.")
    if target.exists() and not overwrite:
        raise OutputError(f"{target} exists already. Replace it with --overwrite, or write elsewhere with -o.")
    if not target.parent.is_dir():
        raise OutputError(f"{target} can't be written: the folder {target.parent} does not exist. Make it first: mkdir -p {target.parent}")
    if not os.access(target.parent, os.W_OK):
        raise OutputError(f"{target} can't be written: permission denied. Choose another place with -o.")


def _to_stdout(recordings: Sequence[Path], formats: Sequence[str]) -> list[Plan]:
    formats = formats or ["txt"]
    if len(formats) > 1:
        raise UsageError(f"Standard output takes one format, not {' and '.join(formats)}. Leave one out, or name a folder with -o.")
    if len(recordings) > 1 and formats != ["txt"]:
        raise UsageError(f"Standard output takes one recording as {formats[0]}. Name one, or a folder with -o.")
    return [Plan(recording, ((formats[0], STDOUT),)) for recording in recordings]


def _folder(out: str | None, recordings: Sequence[Path], formats: Sequence[str]) -> Path | None:
    if out is None:
        return None
    path = Path(out)
    if path.is_dir():
        return path
    if out.endswith(("/", os.sep)) or len(recordings) > 1 or len(formats) > 1:
        if path.exists():
            raise UsageError(f"{out} is a file, and several transcripts are to be written. Name a folder with -o.")
        raise OutputError(f"The folder {out} does not exist. Make it first: mkdir -p {out}")
    return None


def _beside(recordings: Sequence[Path], formats: Sequence[str], folder: Path | None) -> list[Plan]:
    stems = Counter(_in(folder, recording, recording.stem) for recording in recordings)
    plans = []
    for recording in recordings:
        name = recording.stem if stems[_in(folder, recording, recording.stem)] == 1 else recording.name
        name = "stdin" if recording == STDOUT else name
        plans.append(Plan(recording, tuple((each, _in(folder, recording, f"{name}.{each}")) for each in formats)))
    _refuse_clashes(plans)
    return plans


def _in(folder: Path | None, recording: Path, name: str) -> Path:
    return (recording.parent if folder is None else folder) / name


def _refuse_clashes(plans: Sequence[Plan]) -> None:
    owners: dict[Path, Path] = {}
    for plan in plans:
        for _, target in plan.targets:
            other = owners.setdefault(target, plan.recording)
            if other != plan.recording:
                raise UsageError(f"{other} and {plan.recording} would both be written to {target}. Do them one at a time, with -o.")


def _to_file(recording: Path, formats: Sequence[str], target: Path) -> Plan:
    if formats:
        return Plan(recording, ((formats[0], target),))
    extension = target.suffix.removeprefix(".").lower()
    if extension not in FORMATS:
        raise UsageError(f"{target} doesn't tell the format. Add one of -f {', -f '.join(FORMATS)}.")
    return Plan(recording, ((extension, target),))
