"""From a model's name to the folder that its weights are loaded from."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from voicebridge import DownloadError, ModelError, WeightsNotFoundError, WeightsPlace
from voicebridge.hub import places, transport
from voicebridge.ports import Progress

from voicebridge_vibevoice.catalog import LISTENING, SPEECH
from voicebridge_vibevoice.weights import folders, hub
from voicebridge_vibevoice.weights.names import ModelName, understand


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A place, and how to get a folder from it."""

    place: WeightsPlace
    fetch: Callable[[Progress | None], Path]


class SpeechWeights:
    """The places where weights may be of models that speak; a :class:`voicebridge.WeightsStore`."""

    kind: ClassVar[str] = SPEECH

    def places(self, model: str) -> Sequence[WeightsPlace]:
        """Every place that is looked at, in order; the first that is found wins. Reads no weights and asks nobody."""
        return [candidate.place for candidate in self._candidates(understand(model))]

    def resolve(self, model: str, progress: Progress | None = None) -> Path:
        """The folder to load a model from; fetched first where need be.

        Args:
            model: the name of a published model, a folder or a hub id.
            progress: told the bytes that have arrived, should the hub be asked.

        Raises:
            WeightsNotFoundError: when the weights are nowhere and the network is off, or a folder holds no such model.
            DownloadError: when they could not be fetched.
        """
        name = understand(model)
        candidates = self._candidates(name)
        found = next((each for each in candidates if each.place.found), None)
        if found is None:
            raise WeightsNotFoundError(_not_found(name, candidates))
        try:
            return found.fetch(progress)
        except DownloadError as error:
            raise DownloadError(f"{error} {_looked([each for each in candidates if each is not found])}") from error

    def download(self, model: str, progress: Progress | None = None) -> Path:
        """Fetch a model from the hub into our cache and return its folder; one that is on this machine already is not fetched again.

        Raises:
            DownloadError: with the reason and the remedy.
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
        if not name.repo:
            return []
        target = _cached(name)
        gone = []
        for folder in [target, *places.leftovers(target)]:
            if folder.is_dir():
                try:
                    shutil.rmtree(folder)
                except OSError as error:
                    reason = error.strerror or error
                    raise ModelError(f"{folder} can't be deleted: {reason}. Stop what uses the model and try again.") from error
                gone.append(folder)
        return gone

    def _candidates(self, name: ModelName) -> list[_Candidate]:
        found: list[_Candidate] = []
        if name.path and (name.explicit or name.path.is_dir()):
            found.append(self._folder("folder", name.path.absolute()))
        if name.repo:
            found += [self._folder("cache", _cached(name)), self._hub_cache(name.repo), _hub(name)]
        return found

    def _folder(self, kind: str, folder: Path) -> _Candidate:
        flaw = folders.flaw(folder, self.kind)
        return _Candidate(WeightsPlace(kind=kind, where=str(folder), found=not flaw, note=flaw), lambda _: folder)

    def _hub_cache(self, repo: str) -> _Candidate:
        looked = [self._folder("hub cache", snapshot) for snapshot in places.snapshots(repo)]
        whole = next((each for each in looked if each.place.found), None)
        return whole or next(iter(looked), None) or self._folder("hub cache", places.cached(repo))


class ListeningWeights(SpeechWeights):
    """The same for models that listen. A folder is offered by that store alone whose kind of model it holds."""

    kind: ClassVar[str] = LISTENING


def _cached(name: ModelName) -> Path:
    return folders.cache_root() / name.key


def _hub(name: ModelName) -> _Candidate:
    closed = transport.closed()
    where, note = f"{transport.endpoint()}/{name.repo}", closed or "fetched on first use"
    place = WeightsPlace(kind="hub", where=where, found=not closed, local=False, note=note)
    return _Candidate(place, lambda progress: hub.fetch(name.repo, _cached(name), progress))


def _not_found(name: ModelName, candidates: Sequence[_Candidate]) -> str:
    if name.explicit:
        place = candidates[0].place
        return f"No VibeVoice model can be loaded from {place.where}: {place.note}. A folder must hold a model in transformers' layout."
    return (
        f"The weights of {name.given!r} are not on this machine. {_looked(candidates)} What helps: voicebridge models download "
        f"vibevoice/{name.given} (with the network on); or give the folder that holds the model as its name, such as -m vibevoice/./model"
    )


def _looked(candidates: Sequence[_Candidate]) -> str:
    places = [f"{each.place.kind} {each.place.where} ({each.place.note})" for each in candidates]
    return f"Looked in: {'; '.join(places)}."
