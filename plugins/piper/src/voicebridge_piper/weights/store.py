"""From a voice's name to the two files that it is loaded from."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from voicebridge.errors import DownloadError, ModelError, WeightsNotFoundError, nearest
from voicebridge.hub import transport
from voicebridge.hub.places import leftovers
from voicebridge.ports import Progress, WeightsPlace

from voicebridge_piper.catalog import VOICES
from voicebridge_piper.weights import files, hub, packages
from voicebridge_piper.weights.files import VoiceFiles
from voicebridge_piper.weights.names import VoiceName, understand


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A place, and how to get a voice from it."""

    place: WeightsPlace
    fetch: Callable[[Progress | None], VoiceFiles]


class PiperWeights:
    """The places where Piper's voices may be; a :class:`voicebridge.ports.WeightsStore`."""

    def places(self, model: str) -> Sequence[WeightsPlace]:
        """Every place that is looked at, in order; the first that is found wins. Reads no weights and asks nobody."""
        return [candidate.place for candidate in _candidates(understand(model))]

    def resolve(self, model: str, progress: Progress | None = None) -> VoiceFiles:
        """The files to load a voice from; fetched first where need be.

        Args:
            model: a short or official name, a file or a folder.
            progress: told the bytes that have arrived, should the hub be asked.

        Raises:
            WeightsNotFoundError: when the voice is nowhere and the network is off.
            DownloadError: when it could not be fetched.
            ModelError: when an installed package is not the one that is pinned.
        """
        name = understand(model)
        looked: list[WeightsPlace] = []
        for candidate in _candidates(name):
            if not candidate.place.found:
                looked.append(candidate.place)
                continue
            try:
                return candidate.fetch(progress)
            except DownloadError as error:
                raise DownloadError(f"{error} {_looked(looked)} {_remedies(name, download=False)}") from error
        raise WeightsNotFoundError(_not_found(name, looked))

    def download(self, model: str, progress: Progress | None = None) -> Path:
        """Fetch a voice from the hub into our cache and return its folder; one that is on this machine already is not fetched again.

        Raises:
            DownloadError: with the reason and the remedy.
            ModelError: when an installed package is not the one that is pinned.
        """
        try:
            return self.resolve(model, progress).onnx.parent
        except WeightsNotFoundError as error:
            raise DownloadError(str(error)) from error

    def remove(self, model: str) -> Sequence[Path]:
        """Delete a voice from our cache, unfinished downloads of it included, and return the folders that are gone.

        Raises:
            ModelError: when they can't be deleted.
        """
        key = understand(model).key
        if key is None:
            return []
        target = files.cached(key).onnx.parent
        gone = []
        for folder in [target, *leftovers(target)]:
            if folder.is_dir():
                try:
                    shutil.rmtree(folder)
                except OSError as error:
                    reason = error.strerror or error
                    raise ModelError(f"{folder} can't be deleted: {reason}. Stop what uses the voice and try again.") from error
                gone.append(folder)
        return gone


def _candidates(name: VoiceName) -> Iterator[_Candidate]:
    if name.path and (name.key is None or name.path.is_dir()):
        yield _own(name.path.absolute())
    if name.key:
        cached = files.cached(name.key)
        yield _on_disk("cache", cached.onnx.parent, cached)
        yield from _packaged(name.key)
    if name.key and name.on_hub:
        yield _hub(name, name.key, name.on_hub)


def _own(path: Path) -> _Candidate:
    try:
        return _on_disk("folder", path, files.voice_at(path))
    except ValueError as error:
        return _Candidate(WeightsPlace(kind="folder", where=str(path), found=False, note=str(error)), _nothing)


def _on_disk(kind: str, where: Path, voice: VoiceFiles) -> _Candidate:
    flaw = voice.flaw()
    return _Candidate(WeightsPlace(kind=kind, where=str(where), found=not flaw, note=flaw), lambda _: voice)


def _packaged(key: str) -> Iterator[_Candidate]:
    for entry, package in packages.installed():
        if isinstance(package, str):
            yield _Candidate(_broken(entry, package), _nothing)
        elif package.voice == key:
            try:
                flaw = package.flaw()
            except Exception as error:  # a stranger's descriptor, wrong in a way of its own
                yield _Candidate(_broken(entry, f"{type(error).__name__}: {error}"), _nothing)
                continue
            place = WeightsPlace(kind="package", where=package.distribution, found=not flaw, note=flaw)
            yield _Candidate(place, _fetcher(package))


def _fetcher(package: packages.VoicePackage) -> Callable[[Progress | None], VoiceFiles]:
    return lambda _: package.fetch()


def _broken(entry: str, reason: str) -> WeightsPlace:
    return WeightsPlace(kind="package", where=entry, found=False, note=f"this package of a voice can't be used: {reason}")


def _nothing(_: Progress | None) -> VoiceFiles:
    raise AssertionError("a place that is not found has nothing to fetch")


def _hub(name: VoiceName, key: str, folder: str) -> _Candidate:
    closed = transport.closed()
    place = WeightsPlace(
        kind="hub",
        where=f"{transport.endpoint()}/{hub.REPO}/{folder}",
        found=not closed,
        local=False,
        note=closed or "fetched on first use",
    )
    return _Candidate(place, lambda progress: hub.fetch(key, folder, name.sha256, progress))


def _not_found(name: VoiceName, looked: Sequence[WeightsPlace]) -> str:
    if name.key is None:
        [place] = looked
        return f"No Piper voice can be loaded from {place.where}: {place.note}. A voice is NAME.onnx with NAME.onnx.json beside it."
    if name.on_hub is None:
        hint = nearest(name.given, [known for voice in VOICES for known in (voice.name, voice.code)])
        return f"There is no Piper voice {name.given!r}.{hint} {_looked(looked)} List them with: voicebridge models"
    return f"The voice {name.given!r} is not on this machine. {_looked(looked)} {_remedies(name)}"


def _looked(places: Sequence[WeightsPlace]) -> str:
    return f"Looked in: {'; '.join(f'{place.kind} {place.where} ({place.note})' for place in places)}."


def _remedies(name: VoiceName, *, download: bool = True) -> str:
    ways = [f"voicebridge models download piper/{name.given} (with the network on)"] if download else []
    ways += [package.install for _, package in packages.installed() if not isinstance(package, str) and package.voice == name.key]
    ways.append("give the voice's .onnx file as the model's name, such as -m piper/./voice.onnx")
    return f"What helps: {'; or '.join(ways)}."
