"""From a model's name to the folder that its weights are loaded from."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from voicebridge.errors import DownloadError, ModelError, WeightsNotFoundError, nearest
from voicebridge.hub import places, transport
from voicebridge.ports import Progress, WeightsPlace

from voicebridge_whisper.catalog import MODELS
from voicebridge_whisper.weights import folders, hub, packages
from voicebridge_whisper.weights.names import ModelName, understand


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A place, and how to get a folder from it."""

    place: WeightsPlace
    fetch: Callable[[Progress | None], Path]


class WhisperWeights:
    """The places where Whisper's weights may be, for every model of the plugin; a :class:`voicebridge.ports.WeightsStore`."""

    def places(self, model: str) -> Sequence[WeightsPlace]:
        """Every place that is looked at, in order; the first that is found wins. Reads no weights and asks nobody."""
        return [candidate.place for candidate in _candidates(understand(model))]

    def resolve(self, model: str, progress: Progress | None = None) -> Path:
        """The folder to load a model from; fetched or joined first where need be.

        Args:
            model: the name of a published model, a folder or a hub id.
            progress: told the bytes that have arrived, should the hub be asked.

        Raises:
            WeightsNotFoundError: when the weights are nowhere and the network is off.
            DownloadError: when they could not be fetched.
            ModelError: when an installed weights package is not the one that is pinned.
        """
        name = understand(model)
        candidates = _candidates(name)
        found = next((each for each in candidates if each.place.found), None)
        if found is None:
            raise WeightsNotFoundError(_not_found(name, candidates))
        try:
            return found.fetch(progress)
        except DownloadError as error:
            looked = _looked([each for each in candidates if each is not found])
            raise DownloadError(f"{error} {looked} {_remedies(name, download=False)}") from error

    def download(self, model: str, progress: Progress | None = None) -> Path:
        """Fetch a model from the hub into our cache and return its folder; one that is on this machine already is not fetched again.

        Raises:
            DownloadError: with the reason and the remedy.
            ModelError: when an installed weights package is not the one that is pinned.
        """
        try:
            return self.resolve(model, progress)
        except WeightsNotFoundError as error:
            raise DownloadError(str(error)) from error

    def remove(self, model: str) -> Sequence[Path]:
        """Delete a model from our cache, unfinished downloads of it included, and return the folders that are gone.

        Raises:
            ModelError: when they can't be deleted.
        """
        name = understand(model)
        if name.key is None:
            return []
        target = _cached(name.key)
        gone = []
        for folder in [target, *folders.leftovers(target)]:
            if folder.is_dir():
                try:
                    shutil.rmtree(folder)
                except OSError as error:
                    reason = error.strerror or error
                    raise ModelError(f"{folder} can't be deleted: {reason}. Stop what uses the model and try again.") from error
                gone.append(folder)
        return gone


def _cached(key: str) -> Path:
    return folders.cache_root() / key


def _candidates(name: ModelName) -> list[_Candidate]:
    found: list[_Candidate] = []
    if name.path and (name.explicit or name.path.is_dir()):
        found.append(_folder("folder", name.path.absolute()))
    if name.key:
        found.append(_folder("cache", _cached(name.key)))
        if name.repo:
            found.append(_hub_cache(name.repo))
        found += _packages(name.key)
        if name.repo:
            found.append(_hub(name, name.key, name.repo))
    return found


def _folder(kind: str, folder: Path) -> _Candidate:
    flaw = folders.flaw(folder)
    return _Candidate(WeightsPlace(kind=kind, where=str(folder), found=not flaw, note=flaw), lambda _: folder)


def _hub_cache(repo: str) -> _Candidate:
    looked = [_folder("hub cache", snapshot) for snapshot in places.snapshots(repo)]
    whole = next((each for each in looked if each.place.found), None)
    return whole or next(iter(looked), None) or _folder("hub cache", places.cached(repo))


def _packages(key: str) -> Iterator[_Candidate]:
    for entry, package in packages.installed():
        if isinstance(package, str):
            yield _Candidate(_broken(entry, package), _nothing)
        elif package.model == key:
            try:
                flaw = package.flaw()
            except Exception as error:  # a stranger's descriptor, wrong in a way of its own
                yield _Candidate(_broken(entry, f"{type(error).__name__}: {error}"), _nothing)
                continue
            place = WeightsPlace(kind="package", where=package.label, found=not flaw, note=flaw)
            yield _Candidate(place, _fetcher(package, key))


def _fetcher(package: packages.WeightsPackage, key: str) -> Callable[[Progress | None], Path]:
    return lambda _: package.fetch(_cached(key))


def _broken(entry: str, reason: str) -> WeightsPlace:
    return WeightsPlace(kind="package", where=entry, found=False, note=f"this weights package can't be used: {reason}")


def _nothing(_: Progress | None) -> Path:
    raise AssertionError("a place that is not found has nothing to fetch")


def _hub(name: ModelName, key: str, repo: str) -> _Candidate:
    closed = transport.closed()
    place = WeightsPlace(
        kind="hub", where=f"{transport.endpoint()}/{repo}", found=not closed, local=False, note=closed or "fetched on first use"
    )
    return _Candidate(place, lambda progress: hub.fetch(repo, _cached(key), name.sha256, progress))


def _not_found(name: ModelName, candidates: Sequence[_Candidate]) -> str:
    if name.explicit:
        place = candidates[0].place
        return (
            f"No Whisper model can be loaded from {place.where}: {place.note}. A folder must hold config.json, model.bin, "
            "tokenizer.json and vocabulary.json (or .txt), in CTranslate2's format."
        )
    if name.repo is None:
        hint = nearest(name.given, [model.name for model in MODELS])
        return f"There is no Whisper model {name.given!r}.{hint} {_looked(candidates)} List them with: voicebridge models"
    return f"The weights of {name.given!r} are not on this machine. {_looked(candidates)} {_remedies(name)}"


def _looked(candidates: Sequence[_Candidate]) -> str:
    places = [f"{each.place.kind} {each.place.where} ({each.place.note})" for each in candidates]
    return f"Looked in: {'; '.join(places)}."


def _remedies(name: ModelName, *, download: bool = True) -> str:
    ways = [f"voicebridge models download {name.given} (with the network on)"] if download else []
    ways += [package.install for _, package in packages.installed() if not isinstance(package, str) and package.model == name.key]
    ways.append("give the folder that holds the model as its name, such as -m ./model")
    return f"What helps: {'; or '.join(ways)}."
