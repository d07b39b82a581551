"""Parse a model's name: a published model, a folder or a hub id. Does not access the disk or the network."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from voicebridge.weights.places import as_path, is_hub_id

from voicebridge_vibevoice import catalog


@dataclass(frozen=True, slots=True)
class ModelName:
    """A parsed name."""

    given: str
    path: Path | None = None
    """The folder that it may refer to, whether or not it exists."""
    explicit: bool = False
    """True if it can only be a folder."""
    repo: str = ""
    """The model's id on the hub; empty for an explicit folder."""

    @property
    def key(self) -> str:
        """The name of the model's folder in our cache."""
        published = catalog.find(self.repo)
        return published.name if published else self.repo.replace("/", "--")


def understand(given: str) -> ModelName:
    """Distinguish published models, folders and hub ids.

    The bare name of a published model always means that model: write ``./asr`` for a folder of the same name. A name with a slash, such
    as ``owner/name``, is a hub id, unless there is a folder of that name.
    """
    if published := catalog.find(given):
        return ModelName(given, path=Path(given) if "/" in given else None, repo=published.repo)
    if is_hub_id(given):
        return ModelName(given, path=Path(given), repo=given)
    return ModelName(given, path=as_path(given), explicit=True)
