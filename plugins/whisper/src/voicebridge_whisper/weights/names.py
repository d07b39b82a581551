"""Parse a model's name: a published model, a folder or a hub id. Does not access the disk or the network."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from voicebridge.weights.places import as_path, is_hub_id

from voicebridge_whisper import catalog

_PLAIN = re.compile(r"\w+(?:[.-]\w+)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class ModelName:
    """A parsed name."""

    given: str
    path: Path | None = None
    """The folder that it may refer to, whether or not it exists."""
    explicit: bool = False
    """True if it can only be a folder."""
    key: str | None = None
    """The name of the model's folder in our cache; ``None`` for an explicit folder."""
    repo: str | None = None
    """The model's id on the hub, if it has one."""
    sha256: str | None = None
    """Hash of ``model.bin``, if pinned."""


def understand(given: str) -> ModelName:
    """Distinguish published models, folders and hub ids.

    The bare name or alias of a published model always means that model: write ``./base`` for a folder of the same name. A name with a
    slash, such as ``owner/name``, is a hub id, unless there is a folder of that name.
    """
    if published := catalog.find(given):
        path = Path(given) if "/" in given else None
        return ModelName(given, path=path, key=published.name, repo=published.repo, sha256=published.sha256)
    if is_hub_id(given):
        return ModelName(given, path=Path(given), key=given.replace("/", "--"), repo=given)
    if _PLAIN.fullmatch(given):  # neither published nor on the hub, but possibly in a weights package
        return ModelName(given, path=Path(given), key=given)
    return ModelName(given, path=as_path(given), explicit=True)
