"""Where the outputs of a file go, and what becomes of what stands there already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from voicebridge.journal.ledger import Ledger, Noted, Output, storable
from voicebridge.sinks.checkpoint import log_of
from voicebridge.sinks.claim import Existing
from voicebridge.sinks.files import fitting
from voicebridge.sinks.spoken_log import spoken_log_of
from voicebridge.watch.folder import WatchedFolder

Targets = tuple[tuple[str, Path], ...]
"""(format, file) pairs."""


@dataclass(frozen=True)
class Where:
    """What is to be written for a file."""

    targets: Targets
    existing: Existing | None
    """What becomes of what is there; ``None`` when somebody else has made all of it, and nothing is left to do."""
    place: Path
    """One for all of them, which no other file's outputs have."""


def place_of(folder: WatchedFolder, targets: Targets) -> Path:
    """Where the log stands of what is to be written."""
    return spoken_log_of(targets[0][1]) if folder.speaks else log_of(targets)


def owned_places(path: Path) -> list[Path]:
    """The places that a file would belong to if it were an output of ours."""
    return [log_of((("", path),)), spoken_log_of(path)]


def choose(folder: WatchedFolder, name: str, noted: Noted | None, stems: Counter[str], ledger: Ledger) -> Where:
    """Decide where the outputs of a file go.

    What somebody else has made is never replaced. Where all of it is there, it is taken for what was to be written.

    Args:
        folder: in which the file is.
        name: of the file within it.
        noted: what is known of the file at this path, where that is still the one there.
        stems: how many files of its folder share each name without ending, in small letters.
        ledger: knows whose outputs stand where.
    """
    path = folder.path / name
    own = {output.path: output for output in noted.outputs} if noted else {}
    for number, stem in enumerate(_stems(path, shared=stems[path.stem.casefold()] > 1)):
        targets = _targets(folder, name, stem)
        place = place_of(folder, targets)
        present = [target for _, target in targets if target.exists()]
        owner = ledger.owner(storable(str(place)))
        if owner is not None and owner.path != storable(str(path)) and (present or not owner.gone):
            continue  # another file's, whose content may be quite different
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
            continue  # of a file that was at this path before
        if all(own.get(storable(str(target)), Output("", None, None)).is_as_it_was for target in present):
            return Where(targets, Existing.OVERWRITE, place)
        if len(present) == len(targets) and all(_is_since(target, path) for target in present):
            return Where(targets, None, place)  # another machine has done it again
    raise AssertionError("there is always another number")


def _stems(path: Path, *, shared: bool) -> Iterator[str]:
    if not shared:
        yield path.stem
    yield path.name
    for number in count(2):
        yield f"{path.stem}-{number}"


def _targets(folder: WatchedFolder, name: str, stem: str) -> Targets:
    place = (folder.out or folder.path) / name
    return tuple((each, place.with_name(fitting(stem, f".{each}"))) for each in folder.formats)


def _is_since(target: Path, path: Path) -> bool:
    """Whether a file was written after another had come to where it is."""
    status = path.stat()
    return target.stat().st_mtime_ns >= max(status.st_mtime_ns, status.st_ctime_ns)
