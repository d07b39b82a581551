"""What a voice's name means: a published voice, or a file or folder. Nothing here touches the disk or the network."""

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
    """A name that a user gave, understood."""

    given: str
    path: Path | None = None
    """The file or folder that it means, or would mean if there were one."""
    key: str | None = None
    """What the voice is called in our cache and by packages, officially where it has such a name; ``None`` where it can only be a path."""
    on_hub: str | None = None
    """The folder on the hub that a voice of such a name is in."""
    sha256: str | None = None
    """Of the ``.onnx`` file, where it is pinned."""


def understand(given: str) -> VoiceName:
    """Tell a published voice and a path apart.

    A short or official name always means the published voice: a folder of the same name is written ``./joe``.
    """
    published = catalog.find(given)
    code = published.code if published else given
    if official := _OFFICIAL.fullmatch(code):
        family, region, voice, quality = official.group("family", "region", "voice", "quality")
        folder = f"{family}/{family}_{region}/{voice}/{quality}"
        return VoiceName(given, key=code, on_hub=folder, sha256=published.sha256 if published else None)
    if _PLAIN.fullmatch(given) and not given.endswith((".onnx", ".json")):  # not published, yet a package may carry it
        return VoiceName(given, path=Path(given), key=given)
    return VoiceName(given, path=as_path(given))
