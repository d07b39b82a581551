"""Decide the names and folders of transcripts, from plain values."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from voicebridge.errors import UsageError
from voicebridge.files.atomic import fitting
from voicebridge.files.targets import STDOUT, standing
from voicebridge.stt.formats.table import BUILT_IN, Formats, extension_of


@dataclass(frozen=True, slots=True)
class Plan:
    """The outputs of one recording."""

    recording: Path
    targets: tuple[tuple[str, Path], ...]
    """(format, file) pairs; the file may be :data:`STDOUT`."""
    root: Path | None = None
    """The folder below which folders may be created for the files."""

    @property
    def files(self) -> tuple[tuple[str, Path], ...]:
        """The targets that are files."""
        return tuple(target for target in self.targets if target[1] != STDOUT)


def plan_outputs(
    recordings: Sequence[Path],
    formats: Sequence[str],
    out: str | None,
    *,
    known: Formats = BUILT_IN,
    trees: Sequence[Path] = (),
    neighbours: Collection[Path] = (),
) -> list[Plan]:
    """Decide the output files of all recordings.

    Without formats and ``out``, the text goes to standard output. With formats only, files are written next to each recording; ``out`` is a
    file or a folder. Recordings in one folder that differ only in their extension keep it (``a.wav.txt``), so that none overwrites another;
    this includes ``neighbours``, which are not transcribed now but may have been before.

    Args:
        recordings: paths; ``-`` is standard input.
        formats: names of formats, may be empty.
        out: a file, a folder, ``-`` for standard output, or nothing.
        known: the formats that there are.
        trees: folders whose structure is reproduced below the folder ``out``; several get a folder each, by their names.
        neighbours: other recordings in the same folders.

    Raises:
        UnknownNameError: if there is no such format.
        AmbiguousNameError: if several plugins have one of that name.
        UsageError: if the arguments are contradictory.
    """
    formats = known.check_all(formats)
    if out == "-" or (out is None and (not formats or recordings == [STDOUT])):
        return _to_stdout(recordings, formats, known)
    folder = _folder(out, recordings, formats)
    if folder is None and out is not None:
        return [_to_file(recordings[0], formats, Path(out), known)]
    places = {each: each.parent if folder is None else folder / _below(each, trees) for each in (*recordings, *neighbours)}
    names = _names(places)
    plans = []
    for recording in recordings:
        name = "stdin" if recording == STDOUT else names[recording]
        files = tuple((each, places[recording] / fitting(name, f".{extension_of(each)}")) for each in formats or ["txt"])
        plans.append(Plan(recording, files, folder and standing(folder)))
    _refuse_clashes(plans)
    return plans


def _to_stdout(recordings: Sequence[Path], formats: Sequence[str], known: Formats) -> list[Plan]:
    formats = formats or ["txt"]
    if len(formats) > 1:
        raise UsageError(f"Standard output takes one format, not {' and '.join(formats)}. Leave one out, or give a folder with -o.")
    if len(recordings) > 1 and formats != ["txt"]:
        raise UsageError(f"Standard output takes one recording as {formats[0]}. Give one, or a folder with -o.")
    if known[formats[0]].binary:
        raise UsageError(f"{formats[0]} is a binary format and can't be printed. Give a file with -o.")
    return [Plan(recording, ((formats[0], STDOUT),)) for recording in recordings]


def _folder(out: str | None, recordings: Sequence[Path], formats: Sequence[str]) -> Path | None:
    if out is None:
        return None
    path = Path(out)
    if os.path.isdir(path):  # noqa: PTH112 - Path's raises where a name is too long
        return path
    if out.endswith(("/", os.sep)) or len(recordings) > 1 or len(formats) > 1:
        if os.path.exists(path):  # noqa: PTH110
            raise UsageError(f"{out} is a file, but there are several transcripts. Give a folder with -o.")
        return path
    return None


def _names(places: Mapping[Path, Path]) -> dict[Path, str]:
    """The names of the recordings' transcripts, without extensions.

    Args:
        places: the output folder of each recording.
    """
    names = {recording: recording.stem for recording in places}
    while True:
        # Case-insensitive file systems treat A.txt and a.txt as the same file.
        counts = Counter((places[recording], name.casefold()) for recording, name in names.items())
        shared = [path for path, name in names.items() if name != path.name and counts[places[path], name.casefold()] > 1]
        if not shared:
            return names
        names.update((path, path.name) for path in shared)


def _below(recording: Path, trees: Sequence[Path]) -> Path:
    """The folder of a recording relative to its tree."""
    for tree in trees:
        if tree in recording.parents:
            below = recording.parent.relative_to(tree)
            return tree.name / below if len(trees) > 1 else below
    return Path()


def _refuse_clashes(plans: Sequence[Plan]) -> None:
    owners: dict[Path, Path] = {}
    for plan in plans:
        for _, target in plan.targets:
            other = owners.setdefault(target, plan.recording)
            if other != plan.recording:
                raise UsageError(f"{other} and {plan.recording} would both be written to {target}. Transcribe them one at a time, with -o.")


def _to_file(recording: Path, formats: Sequence[str], target: Path, known: Formats) -> Plan:
    root = standing(target.parent)
    if formats:
        return Plan(recording, ((formats[0], target),), root)
    name = known.of_extension(target.suffix.removeprefix("."))
    if name is None:
        raise UsageError(f"Cannot infer the format from {target}. Add one of -f {', -f '.join(known.known())}.")
    return Plan(recording, ((name, target),), root)
