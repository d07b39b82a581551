"""The places where a model may be, each with the way to get it from there: what a :class:`voicebridge.WeightsStore` is made of."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Never, TypeVar

from voicebridge.errors import DownloadError, ModelError, WeightsNotFoundError
from voicebridge.ports import Progress, WeightsPlace
from voicebridge.weights.places import cached, snapshots
from voicebridge.weights.transport import closed, endpoint

Found = TypeVar("Found")
"""What a model is loaded from: a folder, some files."""
_Package = TypeVar("_Package")


@dataclass(frozen=True, slots=True)
class Candidate(Generic[Found]):
    """A place, and how to get a model from it once it is found there."""

    place: WeightsPlace
    fetch: Callable[[Progress | None], Found]


def on_disk(kind: str, where: Path, flaw: str, found: Found) -> Candidate[Found]:
    """A place of this machine; ``flaw`` is what keeps ``found`` from being loaded from it, as a phrase, or empty."""
    return Candidate(WeightsPlace(kind=kind, where=str(where), found=not flaw, note=flaw), lambda _: found)


def on_hub(path: str, fetch: Callable[[Progress | None], Found]) -> Candidate[Found]:
    """A place on the hub, ``path`` below its address."""
    shut = closed()
    note = shut or "fetched on first use"
    return Candidate(WeightsPlace(kind="hub", where=f"{endpoint()}/{path}", found=not shut, local=False, note=note), fetch)


def in_hub_cache(repo: str, look: Callable[[Path], Candidate[Found]]) -> Candidate[Found]:
    """A place in the cache of the hub's own libraries: the first revision there that is whole, else the likeliest.

    Args:
        repo: the model's hub id, ``owner/name``.
        look: gives the place that a folder is.
    """
    revisions = [look(folder) for folder in snapshots(repo)]
    whole = next((each for each in revisions if each.place.found), None)
    return whole or next(iter(revisions), None) or look(cached(repo))


def packaged(
    declared: Iterable[tuple[str, _Package | str]],
    what: str,
    look: Callable[[_Package], Candidate[Found] | None],
) -> Iterator[Candidate[Found]]:
    """The places of installed packages.

    Args:
        declared: see :func:`voicebridge.weights.packages.declared`.
        what: how to call such a package in a message, "this weights package".
        look: gives the place of a package that carries the model, ``None`` for any other.
    """
    for entry, package in declared:
        if isinstance(package, str):
            yield _broken(entry, what, package)
            continue
        try:
            candidate = look(package)
        except Exception as error:  # a stranger's descriptor, wrong in a way of its own
            yield _broken(entry, what, f"{type(error).__name__}: {error}")
            continue
        if candidate is not None:
            yield candidate


def first_found(
    candidates: Iterable[Candidate[Found]], progress: Progress | None, explain: Callable[[Sequence[WeightsPlace]], str], remedies: str = ""
) -> Found:
    """Get a model from the first place where it is found.

    Args:
        candidates: in the order of looking; none is looked at after the first where it is found.
        progress: told the bytes that have arrived, should the hub be asked.
        explain: says that the model is in none of these places, and what helps.
        remedies: what helps where fetching fails.

    Raises:
        WeightsNotFoundError: when it is nowhere.
        DownloadError: when it could not be fetched.
    """
    missed: list[WeightsPlace] = []
    for candidate in candidates:
        if not candidate.place.found:
            missed.append(candidate.place)
            continue
        try:
            return candidate.fetch(progress)
        except DownloadError as error:
            raise DownloadError(f"{error} {looked(missed)} {remedies}".rstrip()) from error
    raise WeightsNotFoundError(explain(missed))


@contextmanager
def downloading() -> Iterator[None]:
    """A block in which a model that is nowhere is one that can't be fetched.

    Raises:
        DownloadError: when it is nowhere.
    """
    try:
        yield
    except WeightsNotFoundError as error:
        raise DownloadError(str(error)) from error


def looked(places: Iterable[WeightsPlace]) -> str:
    """Where a model was looked for in vain, as a sentence."""
    return f"Looked in: {'; '.join(f'{place.kind} {place.where} ({place.note})' for place in places)}."


def remove(folders: Iterable[Path], what: str) -> list[Path]:
    """Delete those of the folders that there are, and return them; ``what`` is kept in them.

    Raises:
        ModelError: when one can't be deleted.
    """
    gone = []
    for folder in folders:
        if folder.is_dir():
            try:
                shutil.rmtree(folder)
            except OSError as error:
                raise ModelError(
                    f"{folder} can't be deleted: {error.strerror or error}. Stop what uses the {what} and try again."
                ) from error
            gone.append(folder)
    return gone


def _broken(entry: str, what: str, reason: str) -> Candidate[Found]:
    place = WeightsPlace(kind="package", where=entry, found=False, note=f"{what} can't be used: {reason}")
    return Candidate(place, nothing)


def nothing(_: Progress | None) -> Never:
    """The way to get a model from a place where it isn't."""
    raise AssertionError("a place that is not found has nothing to fetch")
