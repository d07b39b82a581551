"""The places where a model may be, each with a way to get it from there; used by a :class:`voicebridge.WeightsStore`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Generic, Never, TypeVar

from voicebridge.ports import Progress, WeightsPlace
from voicebridge.weights.packages import PackagedWeights
from voicebridge.weights.places import cached, snapshots
from voicebridge.weights.transport import closed, endpoint

Found = TypeVar("Found")
"""What a model is loaded from: a folder, or files."""
_Package = TypeVar("_Package", bound=PackagedWeights)


@dataclass(frozen=True, slots=True)
class Candidate(Generic[Found]):
    """A place, and how to get a model from it."""

    place: WeightsPlace
    fetch: Callable[[Progress | None], Found]


def on_disk(kind: str, where: Path, flaw: str, found: Found) -> Candidate[Found]:
    """A local place; ``flaw`` is why ``found`` can't be loaded, as a phrase, or empty."""
    return Candidate(WeightsPlace(kind=kind, where=str(where), found=not flaw, note=flaw), lambda _: found)


def on_hub(path: str, fetch: Callable[[Progress | None], Found]) -> Candidate[Found]:
    """A place on the hub, ``path`` below its URL."""
    shut = closed()
    note = shut or "downloaded on first use"
    return Candidate(WeightsPlace(kind="hub", where=f"{endpoint()}/{path}", found=not shut, local=False, note=note), fetch)


def in_hub_cache(repo: str, look: Callable[[Path], Candidate[Found]]) -> Candidate[Found]:
    """A place in the Hugging Face cache: the first complete revision, else the most likely one.

    Args:
        repo: the model's hub id, ``owner/name``.
        look: returns the place for a folder.
    """
    revisions = [look(folder) for folder in snapshots(repo)]
    whole = next((each for each in revisions if each.place.found), None)
    return whole or next(iter(revisions), None) or look(cached(repo))


def packaged(
    declared: Iterable[tuple[str, _Package | str]], what: str, model: str, fetch: Callable[[_Package], Found]
) -> Iterator[Candidate[Found]]:
    """The places of installed packages with a model, and of packages with unknown content.

    Args:
        declared: see :func:`voicebridge.weights.packages.declared`.
        what: the name of such a package in messages, "this weights package".
        model: the model.
        fetch: returns what to load the model from.
    """
    for entry, package in declared:
        if isinstance(package, str):
            yield _broken(entry, what, package)
            continue
        try:
            flaw = package.flaw() if (carries := package.carries == model) else ""
        except Exception as error:  # an invalid descriptor of a third-party package
            yield _broken(entry, what, f"{type(error).__name__}: {error}")
            continue
        if carries:
            place = WeightsPlace(kind="package", where=package.label, found=not flaw, note=flaw)
            yield Candidate(place, partial(_of_package, fetch, package))


def looked(places: Iterable[WeightsPlace]) -> str:
    """Where a model was searched, as a sentence."""
    return f"Looked in: {'; '.join(f'{place.kind} {place.where} ({place.note})' for place in places)}."


def _of_package(fetch: Callable[[_Package], Found], package: _Package, _: Progress | None) -> Found:
    return fetch(package)


def _broken(entry: str, what: str, reason: str) -> Candidate[Found]:
    place = WeightsPlace(kind="package", where=entry, found=False, note=f"{what} can't be used: {reason}")
    return Candidate(place, nothing)


def nothing(_: Progress | None) -> Never:
    """The way to get a model from a place where it isn't."""
    raise AssertionError("a place that is not found has nothing to fetch")
