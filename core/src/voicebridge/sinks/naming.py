"""Decides what the transcripts are called and where they go; plain values in, plain values out."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from voicebridge.errors import OutputError, UsageError, cannot_write
from voicebridge.sinks.files import fitting
from voicebridge.sinks.formats import FORMATS, check_format

STDOUT = Path("-")
"""Stands for standard output."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Where the transcripts of one recording go."""

    recording: Path
    targets: tuple[tuple[str, Path], ...]
    """(format, file) pairs; the file may be :data:`STDOUT`."""
    root: Path | None = None
    """The folder below which folders may be made for the files."""

    @property
    def files(self) -> tuple[tuple[str, Path], ...]:
        """The targets that are files."""
        return tuple(target for target in self.targets if target[1] != STDOUT)


def plan_outputs(
    recordings: Sequence[Path],
    formats: Sequence[str],
    out: str | None,
    *,
    trees: Sequence[Path] = (),
    neighbours: Collection[Path] = (),
) -> list[Plan]:
    """Decide for every recording which files are written.

    Without formats and ``out`` the text goes to standard output. Formats alone write beside each recording, ``out`` names a file or
    a folder. Recordings of one folder that differ in extension only keep it (``a.wav.txt``), so that neither overwrites the other;
    that holds for ``neighbours`` too, which are not transcribed now but may have been before.

    Args:
        recordings: paths; ``-`` is standard input.
        formats: names of formats, perhaps none.
        out: a file, a folder, ``-`` for standard output, or nothing.
        trees: folders whose inner order is kept below the folder ``out``; several get a folder each, by their names.
        neighbours: other recordings that stand beside these.

    Raises:
        UnknownNameError: when there is no such format.
        UsageError: when the choices don't go together.
    """
    formats = list(dict.fromkeys(check_format(name) for name in formats))
    if out == "-" or (out is None and (not formats or recordings == [STDOUT])):
        return _to_stdout(recordings, formats)
    folder = _folder(out, recordings, formats)
    if folder is None and out is not None:
        return [_to_file(recordings[0], formats, Path(out), standing(Path(out).parent))]
    places = {each: each.parent if folder is None else folder / _below(each, trees) for each in (*recordings, *neighbours)}
    names = _names(places)
    plans = []
    for recording in recordings:
        name = "stdin" if recording == STDOUT else names[recording]
        files = tuple((each, places[recording] / fitting(name, f".{each}")) for each in formats or ["txt"])
        plans.append(Plan(recording, files, folder and standing(folder)))
    _refuse_clashes(plans)
    return plans


def check_target(target: Path, *, overwrite: bool, root: Path | None = None) -> None:
    """Refuse a target that would not come out well, before any work is done.

    Raises:
        OutputError: when it exists and must not be replaced, or its folder is missing (unless it may be made below ``root``) or
            closed to us.
    """
    try:
        target.stat()
    except FileNotFoundError:
        pass
    except OSError as error:
        raise cannot_write(target, error) from error
    if target.is_dir():
        raise OutputError(f"{target} is a folder. Name a file, or end the name with '/' to write into the folder.")
    if target.exists() and not target.is_file():
        raise OutputError(f"{target} is no ordinary file. Print with -o -, or write elsewhere with -o.")
    if target.exists() and not overwrite:
        raise exists_already(target)
    folder = target.parent
    while root is not None and root in folder.parents and not folder.exists():
        folder = folder.parent
    if not folder.is_dir():
        raise OutputError(f"{target} can't be written: the folder {target.parent} does not exist. Make it first: mkdir -p {target.parent}")
    if not os.access(folder, os.W_OK):
        raise OutputError(f"{target} can't be written: permission denied. Choose another place with -o.")


def exists_already(target: Path) -> OutputError:
    """What to tell the user when a transcript is there already."""
    return OutputError(f"{target} exists already. Replace it with --overwrite, or write elsewhere with -o.")


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
    if os.path.isdir(path):  # noqa: PTH112 - Path's raises where a name is too long
        return path
    if out.endswith(("/", os.sep)) or len(recordings) > 1 or len(formats) > 1:
        if os.path.exists(path):  # noqa: PTH110
            raise UsageError(f"{out} is a file, and several transcripts are to be written. Name a folder with -o.")
        return path
    return None


def standing(folder: Path) -> Path:
    """The folder, or the nearest above it that exists: what ``-o`` names below it is made."""
    return next((each for each in (folder, *folder.parents) if os.path.exists(each)), folder)  # noqa: PTH110


def _names(places: Mapping[Path, Path]) -> dict[Path, str]:
    """What the transcripts of recordings are called, without their endings.

    Args:
        places: the folder in which the transcript of each recording goes or would go.
    """
    names = {recording: recording.stem for recording in places}
    while True:
        # Some file systems take A.txt and a.txt for one.
        counts = Counter((places[recording], name.casefold()) for recording, name in names.items())
        shared = [path for path, name in names.items() if name != path.name and counts[places[path], name.casefold()] > 1]
        if not shared:
            return names
        names.update((path, path.name) for path in shared)


def _below(recording: Path, trees: Sequence[Path]) -> Path:
    """The folder of a recording as seen from the tree that it stands in."""
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
                raise UsageError(f"{other} and {plan.recording} would both be written to {target}. Do them one at a time, with -o.")


def _to_file(recording: Path, formats: Sequence[str], target: Path, root: Path) -> Plan:
    if formats:
        return Plan(recording, ((formats[0], target),), root)
    extension = target.suffix.removeprefix(".").lower()
    if extension not in FORMATS:
        raise UsageError(f"{target} doesn't tell the format. Add one of -f {', -f '.join(FORMATS)}.")
    return Plan(recording, ((extension, target),), root)
