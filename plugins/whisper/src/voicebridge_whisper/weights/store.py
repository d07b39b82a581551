"""Find the folder from which to load a model's weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from voicebridge.errors import nearest
from voicebridge.ports import WeightsPlace
from voicebridge.weights import candidates
from voicebridge.weights.candidates import Candidate
from voicebridge.weights.packages import remedies as installs
from voicebridge.weights.store import CandidateStore

from voicebridge_whisper.catalog import MODELS
from voicebridge_whisper.weights import folders, hub, packages
from voicebridge_whisper.weights.names import ModelName, understand


class WhisperWeights(CandidateStore[ModelName, Path]):
    """The sources of weights of all Whisper models; each is a folder."""

    def understand(self, given: str) -> ModelName:
        """Parse the name of a published model, a folder or a hub id."""
        return understand(given)

    def candidates(self, name: ModelName) -> Iterator[Candidate[Path]]:
        """An explicit folder, our cache, the hub's cache, a weights package, the hub."""
        if name.path and (name.explicit or name.path.is_dir()):
            yield _folder("folder", name.path.absolute())
        cached = self.cached(name)
        if not name.key or cached is None:
            return
        yield _folder("cache", cached)
        if name.repo:
            yield candidates.in_hub_cache(name.repo, lambda folder: _folder("hub cache", folder))
        yield from candidates.packaged(packages.installed(), "this weights package", name.key, lambda package: package.fetch(cached))
        if name.repo:
            repo, sha256 = name.repo, name.sha256
            yield candidates.on_hub(repo, lambda progress: hub.fetch(repo, cached, sha256, progress))

    def cached(self, name: ModelName) -> Path | None:
        """The folder for the model; ``None`` for an explicit folder."""
        return folders.cache_root() / name.key if name.key else None

    def folder(self, found: Path) -> Path:
        """Return the folder unchanged."""
        return found

    def leftovers(self, target: Path) -> list[Path]:
        """Unfinished downloads, and partially joined packages."""
        return folders.leftovers(target)

    def explain(self, name: ModelName, missed: Sequence[WeightsPlace]) -> str:
        """What is missing in the folder, which model may be meant, or how to get it."""
        if name.explicit:
            [place] = missed
            return (
                f"No Whisper model can be loaded from {place.where}: {place.note}. A folder must contain config.json, model.bin, "
                "tokenizer.json and vocabulary.json (or .txt), in CTranslate2's format."
            )
        if name.repo is None:
            hint = nearest(name.given, [model.name for model in MODELS])
            return f"There is no Whisper model {name.given!r}.{hint} {candidates.looked(missed)} List them with: voicebridge models"
        return f"The weights of {name.given!r} are not downloaded. {candidates.looked(missed)} {_remedies(name)}"

    def remedies(self, name: ModelName) -> str:
        """The packages that contain it, or a folder."""
        return _remedies(name, download=False)


def _folder(kind: str, folder: Path) -> Candidate[Path]:
    return candidates.on_disk(kind, folder, folders.flaw(folder), folder)


def _remedies(name: ModelName, *, download: bool = True) -> str:
    ways = [f"voicebridge models download {name.given} (while online)"] if download else []
    ways += installs(packages.installed(), name.key)
    ways.append("use the path of the model's folder, such as -m ./model")
    return f"Options: {'; or '.join(ways)}."
