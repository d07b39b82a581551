"""From a model's name to the folder that its weights are loaded from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

from voicebridge import WeightsPlace
from voicebridge.ports import Progress
from voicebridge.weights import candidates, places
from voicebridge.weights.candidates import Candidate

from voicebridge_vibevoice.catalog import LISTENING, SPEECH
from voicebridge_vibevoice.weights import folders, hub
from voicebridge_vibevoice.weights.names import ModelName, understand


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
        return candidates.first_found(self._candidates(name), progress, lambda looked: _not_found(name, looked))

    def download(self, model: str, progress: Progress | None = None) -> Path:
        """Fetch a model from the hub into our cache and return its folder; one that is on this machine already is not fetched again.

        Raises:
            DownloadError: with the reason and the remedy.
        """
        with candidates.downloading():
            return self.resolve(model, progress)

    def remove(self, model: str) -> Sequence[Path]:
        """Delete a model from our cache, unfinished downloads of it included, and return the folders that are gone.

        Raises:
            ModelError: when they can't be deleted.
        """
        name = understand(model)
        if not name.repo:
            return []
        target = _cached(name)
        return candidates.remove([target, *places.leftovers(target)], "model")

    def _candidates(self, name: ModelName) -> Iterator[Candidate[Path]]:
        if name.path and (name.explicit or name.path.is_dir()):
            yield self._folder("folder", name.path.absolute())
        if name.repo:
            yield self._folder("cache", _cached(name))
            yield candidates.in_hub_cache(name.repo, lambda folder: self._folder("hub cache", folder))
            yield candidates.on_hub(name.repo, lambda progress: hub.fetch(name.repo, _cached(name), progress))

    def _folder(self, kind: str, folder: Path) -> Candidate[Path]:
        return candidates.on_disk(kind, folder, folders.flaw(folder, self.kind), folder)


class ListeningWeights(SpeechWeights):
    """The same for models that listen. A folder is offered by that store alone whose kind of model it holds."""

    kind: ClassVar[str] = LISTENING


def _cached(name: ModelName) -> Path:
    return folders.cache_root() / name.key


def _not_found(name: ModelName, looked: Sequence[WeightsPlace]) -> str:
    if name.explicit:
        [place] = looked
        return f"No VibeVoice model can be loaded from {place.where}: {place.note}. A folder must hold a model in transformers' layout."
    return (
        f"The weights of {name.given!r} are not on this machine. {candidates.looked(looked)} What helps: voicebridge models download "
        f"vibevoice/{name.given} (with the network on); or give the folder that holds the model as its name, such as -m vibevoice/./model"
    )
