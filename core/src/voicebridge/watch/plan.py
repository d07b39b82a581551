"""Decide the output paths of a file, and what to do with existing files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from voicebridge.files.atomic import fitting
from voicebridge.files.claim import Existing
from voicebridge.journal.ledger import Ledger, Noted, Output, storable
from voicebridge.stt.checkpoint import log_of
from voicebridge.stt.formats.table import extension_of
from voicebridge.tts.piece_log import spoken_log_of
from voicebridge.watch.choose import WatchedFolder

Targets = tuple[tuple[str, Path], ...]
"""(format, file) pairs."""


@dataclass(frozen=True)
class Where:
    """The planned outputs of a file."""

    targets: Targets
    existing: Existing | None
    """What to do with existing files; ``None`` if others have written all outputs, and nothing remains."""
    place: Path
    """A name shared by all of them, and by no other file's outputs."""


def place_of(folder: WatchedFolder, targets: Targets) -> Path:
    """The path of the log for these outputs."""
    return spoken_log_of(targets[0][1]) if folder.speaks else log_of(targets)


def owned_places(path: Path) -> list[Path]:
    """The paths of the inputs that a file would belong to if it were our output."""
    return [log_of((("", path),)), spoken_log_of(path)]


def choose(folder: WatchedFolder, name: str, noted: Noted | None, stems: Counter[str], ledger: Ledger) -> Where:
    """Decide the output paths of a file.

    Files written by others are never replaced. If all outputs exist, they count as written.

    Args:
        folder: that contains the file.
        name: of the file within it.
        noted: the entry of the file at this path, if it is still the same one.
        stems: how many files of its folder share each name without extension, in lower case.
        ledger: has the owners of outputs.
    """
    path = folder.path / name
    own = {output.path: output for output in noted.outputs} if noted else {}
    for number, stem in enumerate(_stems(path, shared=stems[path.stem.casefold()] > 1)):
        targets = _targets(folder, name, stem)
        place = place_of(folder, targets)
        present = [target for _, target in targets if target.exists()]
        owner = ledger.owner(storable(str(place)))
        if owner is not None and owner.path != storable(str(path)) and (present or not owner.gone):
            continue  # of another file, whose content may be different
        if not present:
            return Where(targets, Existing.RESUME, place)
        if owner is None:
            if number == 0 and len(present) == len(targets):
                return Where(targets, None, place)
            if number == 0:
                missing = tuple(each for each in targets if each[1] not in present)
                return Where(missing, Existing.RESUME, place)
            continue
        if noted is None:
            continue  # of a previous file at this path
        if all(own.get(storable(str(target)), Output("", None, None)).is_as_it_was for target in present):
            return Where(targets, Existing.OVERWRITE, place)
        if len(present) == len(targets) and all(_is_since(target, path) for target in present):
            return Where(targets, None, place)  # another machine has written it again
    raise AssertionError("there is always another number")


def _stems(path: Path, *, shared: bool) -> Iterator[str]:
    if not shared:
        yield path.stem
    yield path.name
    for number in count(2):
        yield f"{path.stem}-{number}"


def _targets(folder: WatchedFolder, name: str, stem: str) -> Targets:
    place = (folder.out or folder.path) / name
    return tuple((each, place.with_name(fitting(stem, f".{extension_of(each)}"))) for each in folder.formats)


def _is_since(target: Path, path: Path) -> bool:
    """Whether a file was written after another one had arrived."""
    status = path.stat()
    return target.stat().st_mtime_ns >= max(status.st_mtime_ns, status.st_ctime_ns)
