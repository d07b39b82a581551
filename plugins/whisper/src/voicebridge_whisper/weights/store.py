"""From a model's name to the folder that its weights are loaded from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from voicebridge.errors import nearest
from voicebridge.ports import Progress, WeightsPlace
from voicebridge.weights import candidates
from voicebridge.weights.candidates import Candidate

from voicebridge_whisper.catalog import MODELS
from voicebridge_whisper.weights import folders, hub, packages
from voicebridge_whisper.weights.names import ModelName, understand


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
        return candidates.first_found(_candidates(name), progress, lambda looked: _not_found(name, looked), _remedies(name, download=False))

    def download(self, model: str, progress: Progress | None = None) -> Path:
        """Fetch a model from the hub into our cache and return its folder; one that is on this machine already is not fetched again.

        Raises:
            DownloadError: with the reason and the remedy.
            ModelError: when an installed weights package is not the one that is pinned.
        """
        with candidates.downloading():
            return self.resolve(model, progress)

    def remove(self, model: str) -> Sequence[Path]:
        """Delete a model from our cache, unfinished downloads of it included, and return the folders that are gone.

        Raises:
            ModelError: when they can't be deleted.
        """
        key = understand(model).key
        if key is None:
            return []
        target = _cached(key)
        return candidates.remove([target, *folders.leftovers(target)], "model")


def _cached(key: str) -> Path:
    return folders.cache_root() / key


def _candidates(name: ModelName) -> Iterator[Candidate[Path]]:
    if name.path and (name.explicit or name.path.is_dir()):
        yield _folder("folder", name.path.absolute())
    if not name.key:
        return
    key, cached = name.key, _cached(name.key)
    yield _folder("cache", cached)
    if name.repo:
        yield candidates.in_hub_cache(name.repo, lambda folder: _folder("hub cache", folder))
    yield from candidates.packaged(packages.installed(), "this weights package", lambda package: _package(package, key))
    if name.repo:
        repo, sha256 = name.repo, name.sha256
        yield candidates.on_hub(repo, lambda progress: hub.fetch(repo, cached, sha256, progress))


def _folder(kind: str, folder: Path) -> Candidate[Path]:
    return candidates.on_disk(kind, folder, folders.flaw(folder), folder)


def _package(package: packages.WeightsPackage, key: str) -> Candidate[Path] | None:
    if package.model != key:
        return None
    flaw = package.flaw()
    place = WeightsPlace(kind="package", where=package.label, found=not flaw, note=flaw)
    return Candidate(place, lambda _: package.fetch(_cached(key)))


def _not_found(name: ModelName, looked: Sequence[WeightsPlace]) -> str:
    if name.explicit:
        [place] = looked
        return (
            f"No Whisper model can be loaded from {place.where}: {place.note}. A folder must hold config.json, model.bin, "
            "tokenizer.json and vocabulary.json (or .txt), in CTranslate2's format."
        )
    if name.repo is None:
        hint = nearest(name.given, [model.name for model in MODELS])
        return f"There is no Whisper model {name.given!r}.{hint} {candidates.looked(looked)} List them with: voicebridge models"
    return f"The weights of {name.given!r} are not on this machine. {candidates.looked(looked)} {_remedies(name)}"


def _remedies(name: ModelName, *, download: bool = True) -> str:
    ways = [f"voicebridge models download {name.given} (with the network on)"] if download else []
    ways += [package.install() for _, package in packages.installed() if not isinstance(package, str) and package.model == name.key]
    ways.append("give the folder that holds the model as its name, such as -m ./model")
    return f"What helps: {'; or '.join(ways)}."
