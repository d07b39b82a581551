"""Base class of weights stores; an engine defines how names are interpreted, where a model may be, and the error if it is missing."""

from __future__ import annotations

import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar, Generic, TypeVar

from voicebridge.errors import DownloadError, ModelError, WeightsNotFoundError
from voicebridge.ports import Progress, WeightsPlace
from voicebridge.weights.candidates import Candidate, Found, looked
from voicebridge.weights.places import leftovers

Name = TypeVar("Name")
"""A parsed model name."""


class CandidateStore(ABC, Generic[Name, Found]):
    """A :class:`voicebridge.WeightsStore`; engines derive their own."""

    holds: ClassVar[str] = "model"
    """What it stores, in messages."""

    @abstractmethod
    def understand(self, given: str) -> Name:
        """Parse a name, without accessing the disk or the network."""

    @abstractmethod
    def candidates(self, name: Name) -> Iterator[Candidate[Found]]:
        """The places where it may be, in order."""

    @abstractmethod
    def cached(self, name: Name) -> Path | None:
        """Its folder in our cache, which need not exist; ``None`` if it is never stored there."""

    @abstractmethod
    def folder(self, found: Found) -> Path:
        """The folder of what was found."""

    @abstractmethod
    def explain(self, name: Name, missed: Sequence[WeightsPlace]) -> str:
        """The error if it is in none of these places, with a remedy."""

    def remedies(self, name: Name) -> str:
        """The remedy if downloading it fails, as a sentence, or empty."""
        del name
        return ""

    def leftovers(self, target: Path) -> list[Path]:
        """Leftovers of unfinished attempts to create the folder ``target`` in our cache."""
        return leftovers(target)

    def places(self, model: str) -> Sequence[WeightsPlace]:
        """All places that are searched, in order; the first one found is used. Reads no weights and makes no requests."""
        return [candidate.place for candidate in self.candidates(self.understand(model))]

    def resolve(self, model: str, progress: Progress | None = None) -> Found:
        """What to load a model from, from the first place that has it; downloaded first if necessary.

        Args:
            model: a name known to the engine, or a path.
            progress: called with the downloaded bytes, if the hub is used.

        Raises:
            WeightsNotFoundError: if it is nowhere, or is on the hub and the network is off.
            DownloadError: if it could not be downloaded.
            ModelError: if an installed package is not the pinned one.
        """
        name = self.understand(model)
        missed: list[WeightsPlace] = []
        for candidate in self.candidates(name):
            if not candidate.place.found:
                missed.append(candidate.place)
                continue
            try:
                return candidate.fetch(progress)
            except DownloadError as error:
                raise DownloadError(f"{error} {looked(missed)} {self.remedies(name)}".rstrip()) from error
        raise WeightsNotFoundError(self.explain(name, missed))

    def download(self, model: str, progress: Progress | None = None) -> Path:
        """Download a model from the hub into our cache and return its folder; a local one is not downloaded again.

        Raises:
            DownloadError: with the reason and a remedy.
            ModelError: if an installed package is not the pinned one.
        """
        try:
            return self.folder(self.resolve(model, progress))
        except WeightsNotFoundError as error:
            raise DownloadError(str(error)) from error

    def remove(self, model: str) -> Sequence[Path]:
        """Delete a model from our cache, including unfinished downloads, and return the deleted folders.

        Raises:
            ModelError: if they can't be deleted.
        """
        target = self.cached(self.understand(model))
        gone = []
        for folder in () if target is None else (target, *self.leftovers(target)):
            if folder.is_dir():
                try:
                    shutil.rmtree(folder)
                except OSError as error:
                    raise ModelError(
                        f"{folder} can't be deleted: {error.strerror or error}. Close the programs that use the {self.holds} and try again."
                    ) from error
                gone.append(folder)
        return gone
