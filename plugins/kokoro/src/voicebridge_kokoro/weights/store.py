"""Find the two files from which to load a model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from voicebridge.errors import nearest
from voicebridge.ports import WeightsPlace
from voicebridge.weights import candidates
from voicebridge.weights.candidates import Candidate
from voicebridge.weights.packages import remedies as installs
from voicebridge.weights.store import CandidateStore
from voicebridge.weights.transport import closed

from voicebridge_kokoro.weights import files, packages, releases
from voicebridge_kokoro.weights.files import KokoroFiles
from voicebridge_kokoro.weights.names import ModelName, understand


class KokoroWeights(CandidateStore[ModelName, KokoroFiles]):
    """The sources of Kokoro's models; each is a network and its voices."""

    def understand(self, given: str) -> ModelName:
        """Parse the name of a model, a file or a folder."""
        return understand(given)

    def candidates(self, name: ModelName) -> Iterator[Candidate[KokoroFiles]]:
        """An explicit file or folder, our cache, a package, the release."""
        if name.path and (name.key is None or name.path.is_dir()):
            yield _own(name.path.absolute())
        if not name.key:
            return
        key, target = name.key, files.cache_root() / name.key
        if name.is_listed:
            cached = releases.cached(key)
            yield candidates.on_disk("cache", target, cached.flaw(), cached)
        yield from candidates.packaged(packages.installed(), "this weights package", key, lambda package: package.fetch(target))
        if name.is_listed:
            yield _released(key)

    def cached(self, name: ModelName) -> Path | None:
        """The folder for the model; ``None`` if the name can only be a path."""
        return files.cache_root() / name.key if name.key else None

    def folder(self, found: KokoroFiles) -> Path:
        """The folder of the network."""
        return found.onnx.parent

    def explain(self, name: ModelName, missed: Sequence[WeightsPlace]) -> str:
        """What is missing in the files, which model may be meant, or how to get it."""
        if name.key is None:
            [place] = missed
            return f"No Kokoro model can be loaded from {place.where}: {place.note}. It needs one .onnx file with {files.VOICES} beside it."
        if not name.is_listed:
            return f"There is no Kokoro model {name.given!r}.{nearest(name.given, releases.NETWORKS)} {candidates.looked(missed)}".rstrip()
        return f"The model {name.given!r} is not downloaded. {candidates.looked(missed)} {_remedies(name)}"

    def remedies(self, name: ModelName) -> str:
        """The packages that contain it, or a folder."""
        return _remedies(name, download=False)


def _own(path: Path) -> Candidate[KokoroFiles]:
    try:
        model = files.model_at(path)
    except ValueError as error:
        return Candidate(WeightsPlace(kind="folder", where=str(path), found=False, note=str(error)), candidates.nothing)
    return candidates.on_disk("folder", path, model.flaw(), model)


def _released(key: str) -> Candidate[KokoroFiles]:
    shut = closed()
    where = f"{releases.RELEASE}/{releases.NETWORKS[key].name}"
    place = WeightsPlace(kind="hub", where=where, found=not shut, local=False, note=shut or "downloaded on first use")
    return Candidate(place, lambda progress: releases.fetch(key, progress))


def _remedies(name: ModelName, *, download: bool = True) -> str:
    ways = [f"voicebridge models download kokoro/{name.given} (while online)"] if download else []
    ways += installs(packages.installed(), name.key)
    ways.append("use a folder with the .onnx file and its voices, such as -m kokoro/./folder")
    return f"Options: {'; or '.join(ways)}."
