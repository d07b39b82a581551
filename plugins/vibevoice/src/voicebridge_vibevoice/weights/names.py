"""What a model's name means: a published model, a folder or a hub id. Nothing here touches the disk or the network."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from voicebridge.weights.places import as_path

from voicebridge_vibevoice import catalog

_WORD = r"\w+(?:[.-]\w+)*"
_HUB_ID = re.compile(f"{_WORD}/{_WORD}", re.ASCII)
_PATH_START = re.compile(r"~|\.|/|[A-Za-z]:")  # home, here or above, the root, a Windows drive


@dataclass(frozen=True, slots=True)
class ModelName:
    """A name that a user gave, understood."""

    given: str
    path: Path | None = None
    """The folder that it means, or would mean if there were one."""
    explicit: bool = False
    """True when it can mean nothing but a folder."""
    repo: str = ""
    """The model's id on the hub; empty for an explicit folder."""

    @property
    def key(self) -> str:
        """The name of the model's folder in our cache."""
        published = catalog.find(self.repo)
        return published.name if published else self.repo.replace("/", "--")


def understand(given: str) -> ModelName:
    """Tell a published model, a folder and a hub id apart.

    A published model's bare name always means that model: a folder of the same name is written ``./asr``. A name with a slash, such as
    ``owner/name``, is a hub id that a folder of that name goes before.
    """
    if published := catalog.find(given):
        return ModelName(given, path=Path(given) if "/" in given else None, repo=published.repo)
    if not _PATH_START.match(given) and _HUB_ID.fullmatch(given):
        return ModelName(given, path=Path(given), repo=given)
    return ModelName(given, path=as_path(given), explicit=True)
