"""Find the folder from which to load a model's weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

from voicebridge import WeightsPlace
from voicebridge.weights import candidates
from voicebridge.weights.candidates import Candidate
from voicebridge.weights.store import CandidateStore

from voicebridge_vibevoice.catalog import LISTENING, SPEECH
from voicebridge_vibevoice.weights import folders, hub
from voicebridge_vibevoice.weights.names import ModelName, understand


class SpeechWeights(CandidateStore[ModelName, Path]):
    """The sources of weights of text-to-speech models; each is a folder."""

    kind: ClassVar[str] = SPEECH

    def understand(self, given: str) -> ModelName:
        """Parse the name of a published model, a folder or a hub id."""
        return understand(given)

    def candidates(self, name: ModelName) -> Iterator[Candidate[Path]]:
        """An explicit folder, our cache, the hub's cache, the hub."""
        if name.path and (name.explicit or name.path.is_dir()):
            yield self._folder("folder", name.path.absolute())
        if (cached := self.cached(name)) is not None:
            yield self._folder("cache", cached)
            yield candidates.in_hub_cache(name.repo, lambda folder: self._folder("hub cache", folder))
            yield candidates.on_hub(name.repo, lambda progress: hub.fetch(name.repo, cached, progress))

    def cached(self, name: ModelName) -> Path | None:
        """The folder for the model; ``None`` for an explicit folder."""
        return folders.cache_root() / name.key if name.repo else None

    def folder(self, found: Path) -> Path:
        """Return the folder unchanged."""
        return found

    def explain(self, name: ModelName, missed: Sequence[WeightsPlace]) -> str:
        """What is missing in the folder, or how to get the model."""
        if name.explicit:
            [place] = missed
            return (
                f"No VibeVoice model can be loaded from {place.where}: {place.note}. A folder must contain a model in transformers' layout."
            )
        return (
            f"The weights of {name.given!r} are not downloaded. {candidates.looked(missed)} Options: voicebridge models download "
            f"vibevoice/{name.given} (while online); or use the path of the model's folder, such as -m vibevoice/./model"
        )

    def _folder(self, kind: str, folder: Path) -> Candidate[Path]:
        return candidates.on_disk(kind, folder, folders.flaw(folder, self.kind), folder)


class ListeningWeights(SpeechWeights):
    """The same for speech-to-text models. Each of the two stores offers only folders with its own kind of model."""

    kind: ClassVar[str] = LISTENING
