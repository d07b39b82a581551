"""Parse a voice's name: a published voice, a file or a folder. Does not access the disk or the network."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from voicebridge.weights.places import as_path

from voicebridge_piper import catalog

_OFFICIAL = re.compile(r"(?P<family>[a-z]{2,3})_(?P<region>[A-Z]{2})-(?P<voice>\w+)-(?P<quality>x_low|low|medium|high)")
_PLAIN = re.compile(r"\w+(?:[.-]\w+)*")


@dataclass(frozen=True, slots=True)
class VoiceName:
    """A parsed name."""

    given: str
    path: Path | None = None
    """The file or folder that it may refer to, whether or not it exists."""
    key: str | None = None
    """The name of the voice in our cache and in packages, the official one if there is one; ``None`` if it can only be a path."""
    on_hub: str | None = None
    """The folder on the hub for a voice with an official name."""
    sha256: str | None = None
    """Hash of the ``.onnx`` file, if pinned."""


def understand(given: str) -> VoiceName:
    """Distinguish published voices and paths.

    A short or official name always means the published voice: write ``./joe`` for a folder of the same name.
    """
    published = catalog.find(given)
    code = published.code if published else given
    if official := _OFFICIAL.fullmatch(code):
        family, region, voice, quality = official.group("family", "region", "voice", "quality")
        folder = f"{family}/{family}_{region}/{voice}/{quality}"
        return VoiceName(given, key=code, on_hub=folder, sha256=published.sha256 if published else None)
    if _PLAIN.fullmatch(given) and not given.endswith((".onnx", ".json")):  # not published, but possibly in a package
        return VoiceName(given, path=Path(given), key=given)
    return VoiceName(given, path=as_path(given))
