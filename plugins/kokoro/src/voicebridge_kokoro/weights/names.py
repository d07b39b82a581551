"""Parse a model's name: a listed model, a model in a package, a file or a folder. Does not access the disk or the network."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from voicebridge.weights.places import as_path

from voicebridge_kokoro.weights.releases import NETWORKS

_PLAIN = re.compile(r"\w+(?:[.-]\w+)*")


@dataclass(frozen=True, slots=True)
class ModelName:
    """A parsed name."""

    given: str
    path: Path | None = None
    """The file or folder that it may refer to, whether or not it exists."""
    key: str | None = None
    """The name of the model in our cache and in packages; ``None`` if it can only be a path."""

    @property
    def is_listed(self) -> bool:
        """Whether it is a model of the release."""
        return self.key in NETWORKS


def understand(given: str) -> ModelName:
    """Distinguish models and paths; a listed name always means the model: write ``./int8`` for a folder of the same name."""
    if given in NETWORKS:
        return ModelName(given, key=given)
    if _PLAIN.fullmatch(given) and not given.endswith(".onnx"):  # not listed, but possibly in a package
        return ModelName(given, path=Path(given), key=given)
    return ModelName(given, path=as_path(given))
