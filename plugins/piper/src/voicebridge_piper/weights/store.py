"""From a voice's name to the two files that it is loaded from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from voicebridge.errors import nearest
from voicebridge.ports import Progress, WeightsPlace
from voicebridge.weights import candidates
from voicebridge.weights.candidates import Candidate
from voicebridge.weights.places import leftovers

from voicebridge_piper.catalog import VOICES
from voicebridge_piper.weights import files, hub, packages
from voicebridge_piper.weights.files import VoiceFiles
from voicebridge_piper.weights.names import VoiceName, understand


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
        return candidates.first_found(_candidates(name), progress, lambda looked: _not_found(name, looked), _remedies(name, download=False))

    def download(self, model: str, progress: Progress | None = None) -> Path:
        """Fetch a voice from the hub into our cache and return its folder; one that is on this machine already is not fetched again.

        Raises:
            DownloadError: with the reason and the remedy.
            ModelError: when an installed package is not the one that is pinned.
        """
        with candidates.downloading():
            return self.resolve(model, progress).onnx.parent

    def remove(self, model: str) -> Sequence[Path]:
        """Delete a voice from our cache, unfinished downloads of it included, and return the folders that are gone.

        Raises:
            ModelError: when they can't be deleted.
        """
        key = understand(model).key
        if key is None:
            return []
        target = files.cached(key).onnx.parent
        return candidates.remove([target, *leftovers(target)], "voice")


def _candidates(name: VoiceName) -> Iterator[Candidate[VoiceFiles]]:
    if name.path and (name.key is None or name.path.is_dir()):
        yield _own(name.path.absolute())
    if not name.key:
        return
    key, folder, sha256 = name.key, name.on_hub, name.sha256
    cached = files.cached(key)
    yield candidates.on_disk("cache", cached.onnx.parent, cached.flaw(), cached)
    yield from candidates.packaged(packages.installed(), "this package of a voice", lambda package: _package(package, key))
    if folder:
        yield candidates.on_hub(f"{hub.REPO}/{folder}", lambda progress: hub.fetch(key, folder, sha256, progress))


def _own(path: Path) -> Candidate[VoiceFiles]:
    try:
        voice = files.voice_at(path)
    except ValueError as error:
        return Candidate(WeightsPlace(kind="folder", where=str(path), found=False, note=str(error)), candidates.nothing)
    return candidates.on_disk("folder", path, voice.flaw(), voice)


def _package(package: packages.VoicePackage, key: str) -> Candidate[VoiceFiles] | None:
    if package.voice != key:
        return None
    flaw = package.flaw()
    place = WeightsPlace(kind="package", where=package.distribution, found=not flaw, note=flaw)
    return Candidate(place, lambda _: package.fetch())


def _not_found(name: VoiceName, looked: Sequence[WeightsPlace]) -> str:
    if name.key is None:
        [place] = looked
        return f"No Piper voice can be loaded from {place.where}: {place.note}. A voice is NAME.onnx with NAME.onnx.json beside it."
    if name.on_hub is None:
        hint = nearest(name.given, [known for voice in VOICES for known in (voice.name, voice.code)])
        return f"There is no Piper voice {name.given!r}.{hint} {candidates.looked(looked)} List them with: voicebridge models"
    return f"The voice {name.given!r} is not on this machine. {candidates.looked(looked)} {_remedies(name)}"


def _remedies(name: VoiceName, *, download: bool = True) -> str:
    ways = [f"voicebridge models download piper/{name.given} (with the network on)"] if download else []
    ways += [package.install() for _, package in packages.installed() if not isinstance(package, str) and package.voice == name.key]
    ways.append("give the voice's .onnx file as the model's name, such as -m piper/./voice.onnx")
    return f"What helps: {'; or '.join(ways)}."
