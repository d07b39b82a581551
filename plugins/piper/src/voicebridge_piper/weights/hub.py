"""Download voices from rhasspy/piper-voices on the hub."""

from __future__ import annotations

from collections.abc import Sequence

from voicebridge.errors import DownloadError, nearest
from voicebridge.ports import Progress
from voicebridge.weights import fetching
from voicebridge.weights.fetching import HubFile

from voicebridge_piper.weights import files

REPO = "rhasspy/piper-voices"


def fetch(code: str, folder: str, sha256: str | None = None, progress: Progress | None = None) -> files.VoiceFiles:
    """Download a voice into our cache; a complete one there is not changed.

    Args:
        code: the voice's official name.
        folder: its folder on the hub.
        sha256: hash of the ``.onnx`` file, if pinned.
        progress: called with the bytes downloaded and the total, over all files.

    Raises:
        DownloadError: with the reason and a remedy.
    """
    voice = files.cached(code)
    fetching.fetch(
        REPO, voice.onnx.parent, lambda listed: _choose(code, folder, listed, sha256), lambda _: not voice.flaw(), progress=progress
    )
    return voice


def _choose(code: str, folder: str, listed: Sequence[HubFile], sha256: str | None) -> list[HubFile]:
    found = {file.name: file for file in listed}
    card, config, onnx = (f"{folder}/{name}" for name in ("MODEL_CARD", f"{code}.onnx.json", f"{code}.onnx"))
    if onnx not in found or config not in found:
        voices = [name.rpartition("/")[2].removesuffix(".onnx") for name in found if name.endswith(".onnx")]
        raise DownloadError(f"{REPO} has no voice {code!r}.{nearest(code, voices)} Names are written as in en_US-lessac-medium.")
    found[onnx] = fetching.pinned(found[onnx], sha256, code, "voicebridge-piper")
    return [found[name] for name in (card, config, onnx) if name in found]  # small files first, so that failures occur early
